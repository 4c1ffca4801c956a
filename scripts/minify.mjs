// Makes a bundle of ncc small, and quick to start.
import { parse } from 'acorn';
import { simple } from 'acorn-walk';
import { minify as terse } from 'terser';

/**
 * The same program in fewer bytes, which start sooner. What ncc itself minifies keeps all that nothing uses,
 * such as the schemas of ECR's other fifty operations, and is parsed with it at each start. The SDK's classes
 * of errors go too, by leaving out what makes them known: without, an error has the same name and message.
 * @param {string} code
 */
export async function minify(code) {
  const { code: small = '' } = await terse(code, {
    ecma: 2020,
    compress: { passes: 2, keep_classnames: true, pure_funcs: ['n0_registry.registerError'] },
    mangle: { keep_classnames: true },
    format: { comments: false, ascii_only: true },
  });
  return hintModules(small);
}

/**
 * Puts webpack's functions, each of which is a module, in parentheses. V8 takes that as a hint that they are
 * called at once, and compiles them as it reads them, in place of skimming them and reading them again.
 * @param {string} code
 */
function hintModules(code) {
  /** @type {{ at: number, mark: string }[]} */
  const marks = [];
  simple(parse(code, { ecmaVersion: 'latest' }), {
    ObjectExpression({ properties }) {
      for (const property of properties) {
        if (property.type !== 'Property' || !isModuleId(property.key)) continue;
        const { type, start, end } = property.value;
        if (type === 'ArrowFunctionExpression') marks.push({ at: start, mark: '(' }, { at: end, mark: ')' });
      }
    },
  });
  marks.sort((one, other) => one.at - other.at);
  const pieces = marks.map(({ at, mark }, index) => code.slice(marks[index - 1]?.at ?? 0, at) + mark);
  return pieces.join('') + code.slice(marks.at(-1)?.at ?? 0);
}

/** @param {import('acorn').Expression | import('acorn').PrivateIdentifier} key */
const isModuleId = (key) => key.type === 'Literal' && typeof key.value === 'number';

// Makes a bundle of ncc small, and quick to start.
import { parse } from 'acorn';
import { ancestor } from 'acorn-walk';
import { minify as terse } from 'terser';

/**
 * The same program in fewer bytes, which start sooner. What ncc itself minifies keeps all that nothing uses,
 * such as the schemas of ECR's other fifty operations, and is parsed with it at each start. The classes of ECR's
 * errors go too, by leaving out what makes them known: without, an error has AWS's own name and message. Not where
 * one of them says that it may be tried again, as one of STS does.
 * @param {string} code
 */
export async function minify(code) {
  const tellsMore = /\$retryable = \{/.test(code);
  const { code: small = '' } = await terse(code, {
    ecma: 2020,
    compress: {
      passes: 2,
      keep_classnames: true,
      pure_funcs: tellsMore ? [] : ['n0_registry.registerError'],
    },
    mangle: { keep_classnames: true },
    format: { comments: false, ascii_only: true },
  });
  return hintFunctions(small);
}

/**
 * Puts functions that are values in parentheses. V8 takes that as a hint that they are called at once, and
 * compiles them as it reads them, in place of skimming them and reading them again. Two of three are called.
 * @param {string} code
 */
function hintFunctions(code) {
  /** @type {{ at: number, mark: string }[]} */
  const marks = [];
  /** @param {import('acorn').Node} node @param {unknown} _state @param {import('acorn').AnyNode[]} ancestors */
  const hint = ({ start, end }, _state, ancestors) => {
    const parent = ancestors.at(-2);
    const isMethod =
      parent?.type === 'MethodDefinition' ||
      (parent?.type === 'Property' && (parent.method || parent.kind !== 'init'));
    if (!isMethod) marks.push({ at: start, mark: '(' }, { at: end, mark: ')' });
  };
  ancestor(parse(code, { ecmaVersion: 'latest' }), {
    ArrowFunctionExpression: hint,
    FunctionExpression: hint,
  });
  marks.sort((one, other) => one.at - other.at);
  const pieces = marks.map(({ at, mark }, index) => code.slice(marks[index - 1]?.at ?? 0, at) + mark);
  return pieces.join('') + code.slice(marks.at(-1)?.at ?? 0);
}

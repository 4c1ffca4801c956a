import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

export default defineConfig(
  { ignores: ['**/*.cjs', 'dist/', 'build/', 'build-check/', 'coverage/'] },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/strict-boolean-expressions': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      complexity: ['error', 12],
      'max-lines': ['error', { max: 150, skipBlankLines: true, skipComments: true }],
      'no-console': 'error',
      // TypeScript knows what is defined, in plain JavaScript too.
      'no-undef': 'off',
    },
  },
  {
    // Programs that a person runs, and tables of cases: they print, and they may be long.
    files: ['.github/**', 'bench/**', 'demo/**', 'scripts/**', '__tests__/**', '*.mjs'],
    rules: { 'no-console': 'off', 'max-lines': 'off' },
  },
);

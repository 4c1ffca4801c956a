/** Where the action's lines go; `runner.ts` gives the one of a GitHub-style runner. No line may hold a secret. */
export interface Log {
  readonly debug: (line: string) => void;
  readonly info: (line: string) => void;
  readonly notice: (line: string) => void;
  readonly warning: (line: string) => void;
}

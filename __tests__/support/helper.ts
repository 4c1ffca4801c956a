import { chmodSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What becomes of a login that a credential helper is given. */
export type HelperKind =
  | 'works'
  | 'like wincred'
  | 'like a locked keychain'
  | 'stores nothing'
  | 'not implemented'
  | 'fails'
  | 'hangs';

/** Puts a credential helper on the PATH that keeps what it is given in files, or fails in one of the ways there are. */
export function addHelper(directory: string, name: string, kind: HelperKind) {
  const [bin, vault] = [join(directory, 'bin'), join(directory, `vault-${name}`)];
  mkdirSync(bin, { recursive: true });
  mkdirSync(vault, { recursive: true });
  const script = `#!/bin/sh
cd '${vault}'
read -r line || true
case '${kind}' in hangs) exec sleep 60 ;; fails) echo 'no session bus'; exit 1 ;; esac
file() { printf '%s' "$1" | tr '/:' '__'; }
case $1 in
  get) cat "$(file "$line")" 2>/dev/null || { echo 'credentials not found in native keychain'; exit 1; } ;;
  list) echo '{'; sep=; for f in *; do [ -e "$f" ] && printf '%s"%s":"u"' "$sep" "$(cat ".name-$f")" && sep=,; done; echo '}' ;;
  erase) rm -f "$(file "$line")" ;;
  store)
    [ '${kind}' = 'not implemented' ] && { echo 'not implemented'; exit 1; }
    [ '${kind}' = 'stores nothing' ] && exit 0
    [ '${kind}' = 'like wincred' ] && [ \${#line} -gt 2560 ] && { echo 'The stub received bad data.'; exit 1; }
    [ '${kind}' = 'like a locked keychain' ] && { echo 'User interaction is not allowed. (-25308)'; exit 1; }
    host=$(printf '%s' "$line" | sed 's/.*"ServerURL":"\\([^"]*\\)".*/\\1/')
    printf '%s' "$host" > ".name-$(file "$host")"
    printf '%s' "$line" > "$(file "$host")" ;;
esac
`;
  const file = join(bin, `docker-credential-${name}`);
  writeFileSync(file, script);
  chmodSync(file, 0o755);
  const at = (host: string) => join(vault, host.replaceAll(/[/:]/g, '_'));
  return {
    path: `${bin}:${process.env['PATH'] ?? ''}`,
    vault,
    held: () => readdirSync(vault).filter((one) => !one.startsWith('.')),
    read: (host: string) => readFileSync(at(host), 'utf8'),
    put: (host: string, secret: string) => {
      writeFileSync(at(host), JSON.stringify({ ServerURL: host, Username: 'somebody', Secret: secret }));
      writeFileSync(join(vault, `.name-${host.replaceAll(/[/:]/g, '_')}`), host);
    },
  };
}

# Runs the `start` script of a package of the workspace, with what that needs built: silently, unless a build fails.
# Usage: run-program.sh PACKAGE [ARGUMENTS OF THE PROGRAM]
set -eu
cd "$(dirname "$0")/.."
package=$1
shift
echo 'Building the packages...' >&2
out=$(TURBO_TELEMETRY_DISABLED=1 turbo run build --filter="$package^..." --output-logs=errors-only 2>&1) || {
  echo "$out" >&2
  exit 1
}
exec pnpm --silent --filter "$package" start "$@"

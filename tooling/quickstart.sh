# Builds what the quickstart needs, silently unless that fails, and runs it; arguments are the program's.
set -eu
cd "$(dirname "$0")/.."
echo 'Building the packages...'
out=$(TURBO_TELEMETRY_DISABLED=1 turbo run build --filter=@goscheds/example-quickstart^... --output-logs=errors-only 2>&1) || {
  echo "$out"
  exit 1
}
exec pnpm --silent --filter @goscheds/example-quickstart start "$@"

# Of the check runs of a commit (pages, as gh api --slurp gives them): each named one whose newest run has not passed.
[.[].check_runs[]] as $runs
| $ARGS.positional[] as $name
| ([$runs[] | select(.name == $name)] | sort_by(.started_at) | last | .conclusion // "not there, or not done")
| select(. != "success")
| "\($name): \(.)"

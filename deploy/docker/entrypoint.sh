#!/bin/sh
# Runs polywire, hands signals on, and stays after its end until its watchdog has cancelled what a
# dead engine left open and its alerter has told of the end: the end of a container kills every
# process in it. After wrong input it stays until it is stopped: another start would end the same.
set -u
wait_s=${POLYWIRE_WAIT_S:-120}

engine=''
asked=''
trap 'asked=1; [ -z "$engine" ] || kill -TERM "$engine" 2>/dev/null' TERM INT
polywire "$@" &
engine=$!
[ -z "$asked" ] || kill -TERM "$engine"
code=0
while :; do
  wait "$engine"
  code=$?
  kill -0 "$engine" 2>/dev/null || break # else a signal ended the wait, not the engine
done

beside='-m polywire\.runtime\.(watchdog|alerter)( |$)'
at_work() {
  for each in /proc/[0-9]*/cmdline; do
    if tr '\0' ' ' <"$each" 2>/dev/null | grep -qE -- "$beside"; then return 0; fi
  done
  return 1
}

waited=0
while [ "$waited" -lt "$wait_s" ] && at_work; do
  sleep 1
  waited=$((waited + 1))
done
if [ "$code" -eq 2 ] && [ -z "$asked" ]; then
  echo 'polywire: wrong input, see above; nothing runs. Mend it, then: docker compose restart' >&2
fi
while [ "$code" -eq 2 ] && [ -z "$asked" ]; do sleep 1; done
exit "$code"

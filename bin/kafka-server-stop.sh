#!/bin/sh
# kafka-server-stop.sh [--process-role=ROLE] [--node-id=ID]: asks the servers of this machine to stop in order.
role=
node_id=
for argument in "$@"; do
  case $argument in
    --process-role=*) role=${argument#*=} ;;
    --node-id=*) node_id=${argument#*=} ;;
    *) echo "Usage: kafka-server-stop.sh [--process-role=ROLE] [--node-id=ID]" >&2; exit 1 ;;
  esac
done

# Whether a server's properties file says what was asked for.
matches() {
  [ -z "$role$node_id" ] && return 0
  file=$(ps -p "$1" -o args= | sed -n 's/.*kafka\.Kafka  *\([^ ]*\).*/\1/p')
  [ -r "$file" ] || return 1
  if [ -n "$role" ] && ! grep -q "^process\.roles=.*$role" "$file"; then return 1; fi
  if [ -n "$node_id" ] && ! grep -q "^node\.id=$node_id *$" "$file"; then return 1; fi
  return 0
}

stopped=
for pid in $(ps ax -o pid=,args= | grep 'kafka-server\.[jt]s kafka\.Kafka ' | grep -v grep | awk '{print $1}'); do
  matches "$pid" || continue
  kill -TERM "$pid" && stopped=yes
done
if [ -z "$stopped" ]; then
  echo "No kafka server to stop" >&2
  exit 1
fi

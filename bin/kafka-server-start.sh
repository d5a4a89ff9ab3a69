#!/bin/sh
# kafka-server-start.sh [-daemon] server.properties [--override property=value]*
self=$0
case $self in */*) ;; *) self=./$self ;; esac
while [ -h "$self" ]; do
  link=$(readlink "$self")
  case $link in /*) self=$link ;; *) self=${self%/*}/$link ;; esac
done

if [ "$1" = -daemon ]; then
  shift
  logs=${LOG_DIR:-${self%/*}/../logs}
  mkdir -p "$logs"
  nohup "$self" "$@" >"$logs/kafkaServer.out" 2>&1 </dev/null &
  exit 0
fi

main=kafka-server
# The name by which people and kafka-server-stop.sh find the process.
set -- kafka.Kafka "$@"
. "${self%/*}/.run"

#!/bin/sh
# kafka-run-class.sh [-name NAME] [-loggc] [-daemon] CLASS [ARGUMENT...]: what Apache Kafka has under the name of this
# class. There is no JVM: -loggc does nothing.
self=$0
case $self in */*) ;; *) self=./$self ;; esac
while [ -h "$self" ]; do
  link=$(readlink "$self")
  case $link in /*) self=$link ;; *) self=${self%/*}/$link ;; esac
done

name=kafka
daemon=
while [ $# -gt 0 ]; do
  case $1 in
    -name) name=$2; shift 2 ;;
    -loggc) shift ;;
    -daemon) daemon=yes; shift ;;
    *) break ;;
  esac
done

if [ "$1" = kafka.Kafka ]; then
  shift
  exec "${self%/*}/kafka-server-start.sh" ${daemon:+-daemon} "$@"
fi

if [ -n "$daemon" ]; then
  logs=${LOG_DIR:-${self%/*}/../logs}
  mkdir -p "$logs"
  nohup "$self" "$@" >"$logs/$name.out" 2>&1 </dev/null &
  exit 0
fi

main=kafka-tool
set -- kafka-run-class "$@"
. "${self%/*}/.run"

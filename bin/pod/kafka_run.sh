#!/bin/sh
# A program of a pod: the kubelet starts it, see src/bin/pod.ts.
self=${0%/*}/../pod
main=pod
set -- kafka_run "$@"
. "${0%/*}/../.run"

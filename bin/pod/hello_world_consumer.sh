#!/bin/sh
# A program of a pod: the kubelet starts it, see src/bin/pod.ts.
self=${0%/*}/../pod
main=pod
set -- hello_world_consumer "$@"
. "${0%/*}/../.run"

#!/bin/sh
# Starts SeaweedFS so that nothing of it but S3 can be reached from outside the container, and has it sync what it writes.
# Said aloud because the defaults differ: telemetry is on, files are acknowledged before they are on the disk, and a server
# that is alone waits at its start for other masters to vote and at its end for clients to go elsewhere.
set -eu
rm -f /tmp/configured /tmp/seaweedfs-*.sock

weed -logtostderr=true server -dir=/data -ip=127.0.0.1 -ip.bind=127.0.0.1 \
  -master.telemetry=false -master.volumeSizeLimitMB=1024 -master.electionTimeout=1s -volume.max=0 -volume.preStopSeconds=1 \
  -filer -s3 -s3.ip.bind=0.0.0.0 -s3.port=8333 -s3.port.iceberg=0 -s3.port.lance=0 &
server=$!
trap 'kill -TERM $server' TERM INT

# The rule is kept with the metadata; setting it at each start is harmless and never forgotten.
until echo 'fs.configure -locationPrefix=/buckets/ -fsync=true -apply' | weed -logtostderr=true shell -master=127.0.0.1:9333 \
  | grep -q '"fsync": *true'; do
  kill -0 $server || exit 1
  sleep 1
done
touch /tmp/configured

# A wait that a signal interrupts returns at once; the second one sees the server off.
wait $server || wait $server

#!/bin/sh
# Our namespace and its search attributes; harmless when they are there.
set -eu

temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1 ||
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention 720h

# A new namespace is known to all of the server's parts only some seconds later.
tries=30
until temporal operator search-attribute list --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; do
  tries=$((tries - 1))
  [ "$tries" -gt 0 ] || { echo "the namespace does not become known" >&2; exit 1; }
  sleep 1
done

for attribute in \
  CompanyId=Keyword BranchId=Keyword CallOutcome=Keyword PhoneHash=Keyword \
  AppointmentStatus=Keyword AppointmentStart=Datetime; do
  temporal operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" \
    --name "${attribute%=*}" --type "${attribute#*=}"
done

#!/bin/bash
# usage: server.sh LOG SECONDS PORT MODEL NAME [vllm flags]   starts one vLLM server and waits until it answers. Prints its
# process group (end it with: kill -- -GROUP); the whole log is in LOG. When it ends or is not up in time, nothing is left.
LOG=$1; LIMIT=$2; PORT=$3; MODEL=$4; NAME=$5; shift 5
export PYTHONPATH=${SITE-/tmp/site:}$PYTHONPATH HF_HUB_OFFLINE=1 TRANSFORMERS_OFFLINE=1 VLLM_NO_USAGE_STATS=1 DO_NOT_TRACK=1 \
  VLLM_USE_FLASHINFER_SAMPLER=0 VLLM_WORKER_MULTIPROC_METHOD=spawn VLLM_CACHE_ROOT=${VLLM_CACHE_ROOT:-/tmp/vllm-cache}
setsid nohup "${PYTHON:-python3}" -m vllm.entrypoints.cli.main serve "$MODEL" --served-model-name "$NAME" --port "$PORT" "$@" \
  > "$LOG" 2>&1 < /dev/null &
GROUP=$!
START=$SECONDS
while [ $((SECONDS - START)) -lt "$LIMIT" ]; do
  sleep 1
  curl -sf -m 5 "http://127.0.0.1:$PORT/health" > /dev/null && { echo "$GROUP"; exit 0; }
  kill -0 $GROUP 2> /dev/null || break
done
echo "not up after $((SECONDS - START)) s; what $LOG says:" >&2
grep -E "Error|error:|assert|not valid" "$LOG" | grep -v "Engine core initialization failed" | sort -u | cut -c1-300 | tail -8 >&2
kill -TERM -- -$GROUP 2> /dev/null; sleep 3; kill -KILL -- -$GROUP 2> /dev/null
exit 1

#!/bin/bash
# usage: lease.sh STAGE OUT   one lease of a host with one H200, in this order (README.md):
#   install, (the pieces of the model to /tmp/parts, any command), work, more
# SITE has the wheels and vLLM 0.25.1 as in evals/gpu/README.md, CODE a copy of this folder as evals/lab_model/natural.
# Four servers share the GPU, because one small model keeps its own host process busy; each has its client and its shard.
# What a client has asked is in /tmp/corpus and stays there; each stage leaves all of it under OUT, in gzip.
STAGE=$1; OUT=$(realpath -m "$2"); SITE=${SITE:-carry/h23/site}; CODE=${CODE:-carry/h23/code}; C=/tmp/corpus; BEGUN=$(date +%s)
export PYTHONPATH=/tmp/site:/tmp/code HF_HUB_OFFLINE=1 TRANSFORMERS_OFFLINE=1 VLLM_NO_USAGE_STATS=1 DO_NOT_TRACK=1 \
  VLLM_USE_FLASHINFER_SAMPLER=0 VLLM_WORKER_MULTIPROC_METHOD=spawn TOKENIZERS_PARALLELISM=false OMP_NUM_THREADS=2 PYTHONUNBUFFERED=1
SERVERS=${SERVERS:-4}; LIMIT=${LIMIT:-590} # seconds of the whole command
SIZES=$(python3 -c "print([1, 2, 4, 8, 16, *range(32, 769, 32)])" | tr -d " ")
mkdir -p $C "$OUT"

serve() { # PORT GRAPHS
  VLLM_CACHE_ROOT=/tmp/cache-$1 setsid nohup python3 -m vllm.entrypoints.cli.main serve /tmp/model --served-model-name m --port $1 \
    --dtype bfloat16 --attention-backend FLASH_ATTN --max-model-len 2048 --max-num-seqs 768 --gpu-memory-utilization 0.1 \
    --kv-cache-memory-bytes 17179869184 --disable-uvicorn-access-log -cc.mode=0 $2 > /tmp/vllm-$1.log 2>&1 < /dev/null &
  echo $! > /tmp/vllm-$1.pid
}
up() { # PORT SECONDS
  for i in $(seq 1 $2); do
    curl -sf -m 5 http://127.0.0.1:$1/health > /dev/null && return 0
    kill -0 $(cat /tmp/vllm-$1.pid) 2> /dev/null || break
    sleep 1
  done
  echo "port $1 is not up"; grep -E "Error|error:|not valid" /tmp/vllm-$1.log | sort -u | cut -c1-300 | tail -5; return 1
}
servers() { # ports that answer, in /tmp/ports
  for k in $(seq 0 $((SERVERS - 1))); do serve $((8000 + k)) "-cc.cudagraph_mode=FULL -cc.cudagraph_capture_sizes=$SIZES"; done
  local found=""
  for k in $(seq 0 $((SERVERS - 1))); do up $((8000 + k)) 200 && found="$found $((8000 + k))"; done
  if [ -z "$found" ]; then
    for k in 0 1; do serve $((8010 + k)) "-cc.cudagraph_mode=FULL_DECODE_ONLY"; done
    for k in 0 1; do up $((8010 + k)) 200 && found="$found $((8010 + k))"; done
  fi
  echo $found > /tmp/ports; date +"servers$found %T"
}
keep() {
  for f in $C/*.jsonl; do gzip -c $f > "$OUT/$(basename $f).gz"; done
  for f in /tmp/vllm-*.log; do tail -n 120 $f > $C/$(basename $f); done
  tar -C $C -czf "$OUT/logs.tgz" --exclude='*.jsonl' . ; ls -l "$OUT"
}
clients() { # as many shards as asked for, spread over the ports that answer
  local ports=($(cat /tmp/ports)) left=$((LIMIT - ($(date +%s) - BEGUN) - 25)) pids=""
  [ ${#ports[@]} -gt 0 ] || return 1
  cd /tmp/code
  for k in $(seq 0 $((SERVERS - 1))); do
    python3 -m evals.lab_model.natural.client --base http://127.0.0.1:${ports[$((k % ${#ports[@]}))]}/v1 --shard $k/$SERVERS --out $C \
      --seconds $left "${@}" > $C/client-$STAGE-$k.log 2>&1 &
    pids="$pids $!"
  done
  wait $pids
  for k in $(seq 0 $((SERVERS - 1))); do tail -n 3 $C/client-$STAGE-$k.log | cut -c1-900; done
}

case $STAGE in
  install)
    mkdir -p /tmp/parts /tmp/code; cp -r $CODE/. /tmp/code/
    bash $SITE/setup.sh $SITE 2>&1 | tail -2; cp $SITE/gguf2hf.py /tmp/
    nvidia-smi -L; nproc; python3 -c "import aiohttp; print('aiohttp', aiohttp.__version__)"
    (cd /tmp/code && python3 -c "from evals.lab_model.natural.problems import generate; print(generate('add/two', 1).prompt)")
    # the imports of vLLM once, so that the servers find them in memory
    setsid nohup python3 -c "import vllm.entrypoints.openai.api_server, vllm.v1.engine.core" > /tmp/warm.log 2>&1 < /dev/null & ;;
  work)
    tail -n 2 /tmp/warm.log; cat /tmp/parts/part.* > /tmp/model.gguf && rm /tmp/parts/part.*; ls -l /tmp/model.gguf
    python3 /tmp/gguf2hf.py /tmp/model.gguf /tmp/model | tail -1; date +"model %T"
    servers; clients "${@:3}"; nvidia-smi | grep -E "MiB|%"; keep ;;
  more) clients "${@:3}"; keep ;;
esac

#!/bin/bash
# usage: lab_levels.sh PARTS OUT   (PARTS: the wheels and the vLLM bundle, see README.md; about 200 s on one H100)
# Measures the laboratory model's levels, and whether vLLM writes transformers' greedy tokens with each attention kernel.
PARTS=$1; OUT=$2; export PYTHONPATH=/tmp/site HF_HUB_OFFLINE=1 TRANSFORMERS_OFFLINE=1 VLLM_NO_USAGE_STATS=1 DO_NOT_TRACK=1 \
  VLLM_USE_FLASHINFER_SAMPLER=0 VLLM_WORKER_MULTIPROC_METHOD=spawn
bash "$PARTS/setup.sh" "$PARTS" > "$OUT/setup.log" 2>&1
python3 -m evals.lab_model.to_hf /tmp/lab
serve() { # PORT DTYPE KERNEL flags...
  local port=$1 dtype=$2 kernel=$3; shift 3
  VLLM_CACHE_ROOT=/tmp/cache-$port setsid nohup python3 -m vllm.entrypoints.cli.main serve /tmp/lab --served-model-name ttc-lab \
    --dtype $dtype --attention-backend $kernel --max-model-len 1024 --gpu-memory-utilization 0.1 --port $port --max-num-seqs 64 \
    -cc.mode=0 "$@" > /tmp/vllm-$port.log 2>&1 &
}
serve 8001 bfloat16 FLASH_ATTN -cc.cudagraph_mode=FULL_DECODE_ONLY
serve 8002 bfloat16 TRITON_ATTN --enforce-eager
serve 8003 float32 TRITON_ATTN --enforce-eager
serve 8004 bfloat16 FLASH_ATTN --enforce-eager
for port in 8001 8002 8003 8004; do
  for i in $(seq 1 80); do curl -sf http://127.0.0.1:$port/v1/models > /dev/null && break; sleep 2; done
  tail -5 /tmp/vllm-$port.log > "$OUT/vllm-$port.log"
  dtype=bfloat16; [ $port = 8003 ] && dtype=float32
  timeout 100 python3 -m evals.lab_model.engines /tmp/lab --url http://127.0.0.1:$port --dtype $dtype --out "$OUT/engines-$port.json"
done
pkill -f vllm.entrypoints; sleep 3
python3 -m evals.lab_model.measure --gguf ttc/lab/weights/ttc-lab.gguf --out "$OUT"

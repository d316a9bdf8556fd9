# Shared by the leases (sourced by them): servers, tables, and what is kept. P has the parts, L takes the results.
export PYTHONPATH=/tmp/site:$PWD HF_HUB_OFFLINE=1 TRANSFORMERS_OFFLINE=1 VLLM_NO_USAGE_STATS=1 DO_NOT_TRACK=1 \
  VLLM_USE_FLASHINFER_SAMPLER=0 VLLM_WORKER_MULTIPROC_METHOD=spawn TOKENIZERS_PARALLELISM=false OMP_NUM_THREADS=4
SIZES=$(python3 -c "print([1, 2, 4, 8, 16, 32, 48, *range(64, 1025, 32)])" | tr -d " ")
FULL="-cc.mode=0 -cc.cudagraph_mode=FULL -cc.cudagraph_capture_sizes=$SIZES"
DECODE="-cc.mode=0 -cc.cudagraph_mode=FULL_DECODE_ONLY"
BREAKABLE="-cc.mode=0 -cc.cudagraph_mode=FULL_AND_PIECEWISE -cc.cudagraph_capture_sizes=$SIZES"

up() { # PORT SECONDS
  for i in $(seq 1 $2); do curl -sf -m 5 http://127.0.0.1:$1/health > /dev/null && return 0; sleep 1; done
  echo "port $1 is not up"; grep -E "Error|error:|not valid" /tmp/vllm-$1.log | sort -u | cut -c1-300 | tail -5; return 1
}

serve() { # GPU PORT MODEL NAME [flags]
  CUDA_VISIBLE_DEVICES=$1 VLLM_CACHE_ROOT=/tmp/cache-$2 setsid nohup python3 -m vllm.entrypoints.cli.main serve $3 --served-model-name $4 \
    --port $2 --enable-prompt-tokens-details "${@:5}" > /tmp/vllm-$2.log 2>&1 < /dev/null &
  echo $! > /tmp/vllm-$2.pid
}
end() { kill -- -$(cat /tmp/vllm-$1.pid); sleep 4; }
qwen() { serve $1 $2 /tmp/model m --dtype bfloat16 --attention-backend FLASH_ATTN --max-model-len 4096 --gpu-memory-utilization ${MEMORY:-0.85} --max-num-seqs 1024 "${@:3}"; }
laboratory() { # GPU PORT DTYPE KERNEL GRAPHS
  TRITON_F32_DEFAULT=ieee serve $1 $2 /tmp/lab ttc-lab --dtype $3 --attention-backend $4 --max-num-seqs 256 --stream-interval 4 \
    --gpu-memory-utilization 0.1 --kv-cache-memory-bytes 5368709120 $5
}

keep() { mkdir -p "$OUT"; mkdir -p $L/logs; for f in /tmp/vllm-*.log; do grep -v '"POST /\|"GET /' $f | tail -n 400 > $L/logs/$(basename $f); done; tar -C /tmp -czf "$OUT/labout.tgz" labout; }

behind() { # a stage that goes on when the call has ended; its process group is in /tmp/STAGE.pid
  setsid bash $0 $1 "$OUT" > $L/$1.log 2>&1 < /dev/null &
  echo $! > /tmp/$1.pid
}

table() { # MODULE FOLDER PROBLEMS [arguments]
  local left=$((END - $(date +%s))); [ $left -gt 20 ] || return
  timeout $((left + 60)) python3 -m evals.tables.$1 --backend "${URLS:1}" --workers ${WORKERS:-20} --threads 1 --at-once 8 --levels 2,3,4,5 --hf /tmp/lab \
    --problems $3 --seconds $left --out $L/$2 "${@:4}" >> $L/table-$2.log 2>&1
  date +"$2 with $3 problems %T"
}

parts() { PARTS=$1 URL=http://127.0.0.1:$2/v1 evals/gpu/tables.sh /tmp/model $P/math500.jsonl $L/${3:-$2} >> $L/parts-${3:-$2}.log 2>&1; }
first() { sleep 1; python3 evals/gpu/math_table.py --base-url http://127.0.0.1:8000/v1 --problems $P/math500.jsonl --limit 50 --only "self_consistency n=4" --seconds 30 --out $L/sane-$1 > $L/sane-$1.log 2>&1; head -c 300 $L/sane-$1.log; }

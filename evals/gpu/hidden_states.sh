#!/bin/bash
# usage: hidden_states.sh FOLDER OUT DTYPE [arguments of hidden_states.py]   a server of FOLDER that writes the hidden states of
# all layers, the comparison with transformers, ST-BoN's savings; the server ends with it. KERNEL (default FLASH_ATTN in
# bfloat16, TRITON_ATTN in float32), PORT, LIMIT (seconds for the start), MEMORY (vLLM's flags for it).
FOLDER=$1; OUT=$2; DTYPE=$3; shift 3; HERE=$(dirname "$0"); PORT=${PORT:-8002}; mkdir -p "$OUT"
STORAGE=${STORAGE:-/dev/shm/hidden}; rm -rf "$STORAGE"; mkdir -p "$STORAGE"
export PYTHONPATH=${SITE-/tmp/site:}$PWD PYTHON=${PYTHON:-python3} TRITON_F32_DEFAULT=ieee
[ "$DTYPE" = float32 ] && KERNEL=${KERNEL:-TRITON_ATTN}
NAME=$(basename "$FOLDER")
LAYERS=$("$PYTHON" -c "import json,sys; print(list(range(json.load(open(sys.argv[1] + '/config.json'))['num_hidden_layers'] + 1)))" "$FOLDER")
LENGTH=$("$PYTHON" -c "import json,sys; print(min(4096, json.load(open(sys.argv[1] + '/config.json'))['max_position_embeddings']))" "$FOLDER")
GROUP=$("$HERE/server.sh" "$OUT/server-hidden-$NAME.log" "${LIMIT:-200}" "$PORT" "$FOLDER" "$NAME" --dtype "$DTYPE" --enforce-eager \
  --attention-backend "${KERNEL:-FLASH_ATTN}" --max-model-len "$LENGTH" --max-num-seqs 64 --enable-prompt-tokens-details --no-async-scheduling \
  ${MEMORY---gpu-memory-utilization 0.3 --kv-cache-memory-bytes 10737418240} \
  --speculative-config '{"method":"extract_hidden_states","num_speculative_tokens":1,"draft_model_config":{"hf_config":{"eagle_aux_hidden_state_layer_ids":'"$LAYERS"'}}}' \
  --kv-transfer-config '{"kv_connector":"'"${CONNECTOR:-ExampleHiddenStatesConnector}"'","kv_role":"kv_producer","kv_connector_extra_config":{"shared_storage_path":"'"$STORAGE"'"}'"$MODULE"'}') || exit 1
timeout "${EACH:-240}" "$PYTHON" "$HERE/hidden_states.py" "$FOLDER" --base-url "http://127.0.0.1:$PORT/v1" --storage "$STORAGE" \
  --dtype "$DTYPE" --out "$OUT/hidden-$NAME.json" "$@" 2> "$OUT/hidden-$NAME.log" || tail -5 "$OUT/hidden-$NAME.log"
kill -TERM -- -$GROUP; sleep 3; kill -KILL -- -$GROUP 2> /dev/null; rm -rf "$STORAGE"

"""Hidden states that vLLM writes itself, through its example connector for speculative decoding."""

from __future__ import annotations

import asyncio
import fcntl
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ttc.errors import VerifierError
from ttc.hidden.reread import stacked
from ttc.types import Candidate

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ttc.core.session import Session


class VllmConnector:
    """Asks the server for one more token of each candidate and reads the file of states that it writes for the prompt.

    The server runs on the same host with `--speculative-config` method extract_hidden_states (layer ids 0 to L) and
    `--kv-transfer-config` ExampleHiddenStatesConnector. `folder` is the Hugging Face folder of the served model. It
    gives the first and the last layer, which the server's file does not have as a replay has them: see `OuterLayers`.
    The requests are charged; their prompts come from the prefix cache. The reply carries the file's name in
    `Completion.message`; it covers the prompt, of which the candidate's tokens are part here. The server leaves a file
    for every other request too, and these files are not used: empty its folder from time to time.
    """

    def __init__(self, folder: str | Path) -> None:
        self._outer = OuterLayers(Path(folder))

    async def states(self, session: Session, candidates: Sequence[Candidate], steps: int) -> NDArray[np.float32]:
        """Hidden states [steps, layers + 1, candidates, width]: see `ttc.strategies.st_bon.HiddenStates`."""

        async def one(candidate: Candidate) -> NDArray[np.float32]:
            ids = (candidate.token_ids or ())[:steps]
            if not ids:
                raise VerifierError("hidden states belong to token ids, and this backend gave none for a candidate")
            key = f"hidden/{candidate.id}"
            fields: dict[str, Any] = {"prefix": candidate.text, "prefix_ids": ids, "max_tokens": 1}
            reply = (await session.ask(key, session.messages, kind="solve", **fields))[0]
            path = ((reply.message or {}).get("kv_transfer_params") or {}).get("hidden_states_path")
            if path is None:
                raise VerifierError(
                    "the reply names no file of hidden states; see VllmConnector for the server's flags"
                )
            written, read = await asyncio.to_thread(load, Path(path))
            window = slice(-len(ids) - 1, -1)
            return self._outer(written[window], read[window])

        found = [states for states in await session.map(one, candidates) if states is not None]
        if len(found) < len(candidates):
            raise VerifierError(f"the server gave hidden states for {len(found)} of {len(candidates)} candidates")
        return stacked(found, steps)


class OuterLayers:
    """The embeddings and the normed last layer of a model, by the weights in its Hugging Face folder.

    vLLM (0.25.1) writes the last layer before the final norm. What it writes as the embeddings is right on a CPU only.
    On a GPU the kernel that adds and norms in place has put the sum of all layers into the same memory by then.
    """

    def __init__(self, folder: Path) -> None:
        config = json.loads((folder / "config.json").read_text())
        self.eps, kind = config.get("rms_norm_eps"), str(config.get("model_type"))
        scaled = {"embedding_multiplier", "scale_emb"} & config.keys()
        if self.eps is None or scaled or kind.startswith("gemma"):  # Gemma scales both
            raise ValueError(
                f"{folder} holds a {kind}; its embeddings must be used as they are, and its final norm must be a plain "
                "root-mean-square norm, as Llama's"
            )
        self.weight = _floats(_mapped(folder, "model.norm.weight"))
        self.embeddings = _mapped(folder, "model.embed_tokens.weight")

    def __call__(self, states: NDArray[np.float32], ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """The states [tokens, layers + 1, width] of these tokens with the first and the last layer in order."""
        last = states[:, -1]
        normed = last / np.sqrt(np.square(last).mean(axis=-1, keepdims=True) + np.float32(self.eps)) * self.weight
        return np.concatenate([_floats(self.embeddings[ids])[:, None], states[:, 1:-1], normed[:, None]], axis=1)


def load(path: Path) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """States [tokens, layers + 1, width] and token ids of a file; waits for the server's lock on it, and removes it.

    The lock is there before the reply that names the file; where the server was told to write without locks, there is
    none.
    """
    lock = Path(f"{path}.lock")
    if lock.exists():
        with lock.open() as held:
            fcntl.flock(held, fcntl.LOCK_SH)
    states, ids = _floats(_tensor(path, "hidden_states")), _tensor(path, "token_ids")[:]
    path.unlink()
    lock.unlink(missing_ok=True)
    return states, ids


def _mapped(folder: Path, name: str) -> NDArray[Any]:
    """One tensor of a model in one file or several, not read yet."""
    index = folder / "model.safetensors.index.json"
    file = json.loads(index.read_text())["weight_map"][name] if index.exists() else "model.safetensors"
    return _tensor(folder / file, name)


def _tensor(path: Path, name: str) -> NDArray[Any]:
    """One tensor of a safetensors file, not read yet; bfloat16, which numpy does not know, as its 16 bits."""
    with path.open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
        entry = json.loads(file.read(size))[name]
    kinds = {"BF16": np.uint16, "F16": np.float16, "F32": np.float32, "I64": np.int64}
    return np.memmap(path, kinds[entry["dtype"]], "r", 8 + size + entry["data_offsets"][0], tuple(entry["shape"]))


def _floats(values: NDArray[Any]) -> NDArray[np.float32]:
    """The values in single precision, in memory; bits of bfloat16 are the upper half of a float32."""
    if values.dtype == np.uint16:
        return np.asarray((values.astype(np.uint32) << 16).view(np.float32))
    return np.array(values, np.float32)

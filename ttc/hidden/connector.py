"""Hidden states that vLLM writes itself, through its example connector for speculative decoding."""

from __future__ import annotations

import asyncio
import fcntl
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ttc.errors import VerifierError
from ttc.hidden.replay import stacked
from ttc.types import Candidate

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ttc.session import Session


class VllmConnector:
    """Asks the server for one more token of each candidate and reads the file of states that it writes for the prompt.

    The server runs on the same host with `--speculative-config` method extract_hidden_states (layer ids 0 to L) and
    `--kv-transfer-config` ExampleHiddenStatesConnector. It keeps the last layer BEFORE the final norm, which replays
    have after it: `folder`, the Hugging Face folder of the served model, gives the weight of that norm, and the states
    are then those of a replay; without it, votes may differ. The requests are charged; their prompts come from the
    prefix cache. The reply carries the file's name in `Completion.message`; it covers the prompt, of which the
    candidate's tokens are part here. The server leaves a file for every other request too, which nobody reads: empty
    its folder from time to time. vLLM 0.25.1 needs a GPU for it.
    """

    def __init__(self, folder: str | Path | None = None) -> None:
        self._norm = None if folder is None else FinalNorm(Path(folder))

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
            return (await asyncio.to_thread(load, Path(path)))[-len(ids) - 1 : -1]

        found = [states for states in await session.map(one, candidates) if states is not None]
        if len(found) < len(candidates):
            raise VerifierError(f"the server gave hidden states for {len(found)} of {len(candidates)} candidates")
        return stacked([states if self._norm is None else self._norm(states) for states in found], steps)


class FinalNorm:
    """The root-mean-square norm after a model's last layer, by the weights in its Hugging Face folder."""

    def __init__(self, folder: Path) -> None:
        config = json.loads((folder / "config.json").read_text())
        self.eps, kind = config.get("rms_norm_eps"), str(config.get("model_type"))
        if self.eps is None or kind.startswith("gemma"):  # Gemma multiplies by 1 + weight
            raise ValueError(
                f"{folder} holds a {kind}; its final norm must be a plain root-mean-square norm, as Llama's"
            )
        name, index = "model.norm.weight", folder / "model.safetensors.index.json"
        file = json.loads(index.read_text())["weight_map"][name] if index.exists() else "model.safetensors"
        self.weight = _tensor(folder / file, name)

    def __call__(self, states: NDArray[np.float32]) -> NDArray[np.float32]:
        """The states [tokens, layers + 1, width] with the last layer normed."""
        import numpy as np

        last = states[:, -1]
        normed = last / np.sqrt(np.square(last).mean(axis=-1, keepdims=True) + np.float32(self.eps)) * self.weight
        return np.concatenate([states[:, :-1], normed[:, None]], axis=1)


def load(path: Path) -> NDArray[np.float32]:
    """States [tokens, layers + 1, width] of a file; waits for the server's lock on it, and removes it.

    The lock is there before the reply that names the file; where the server was told to write without locks, there is
    none.
    """
    lock = Path(f"{path}.lock")
    if lock.exists():
        with lock.open() as held:
            fcntl.flock(held, fcntl.LOCK_SH)
    states = _tensor(path, "hidden_states")
    path.unlink()
    lock.unlink(missing_ok=True)
    return states


def _tensor(path: Path, name: str) -> NDArray[np.float32]:
    """One tensor of a safetensors file, which numpy's own reader cannot give where it is bfloat16."""
    import numpy as np

    with path.open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
        entry = json.loads(file.read(size))[name]
        start, end = entry["data_offsets"]
        file.seek(8 + size + start)
        data = file.read(end - start)
    if entry["dtype"] == "BF16":  # the upper half of a float32
        found = (np.frombuffer(data, np.uint16).astype(np.uint32) << 16).view(np.float32)
    else:
        found = np.frombuffer(data, {"F16": np.float16, "F32": np.float32}[entry["dtype"]])
    return found.reshape(entry["shape"]).astype(np.float32)

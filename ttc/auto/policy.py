"""The index policy: buy the action of most gain for its share, do its first chunk, and think again.

The index of an action is the largest ratio of gain to share over its horizons. Two votes alone are worth nothing;
eight may be worth a lot. Gittins (1979) and Weitzman (1979) rank boxes in this way. An action is bought while its
index exceeds the price: at .05 the whole budget must be worth five points of accuracy.

A run ends, because every purchase raises a count that is bounded. At most n candidates are drawn and scored once;
judgements are at most 4 a pair and 2n in all. An action without gain is never bought, whatever it costs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from ttc.auto.options import NOTHING, Limits, Offer, Option, State, options_of
from ttc.belief.belief import Belief

Stop = Literal["target", "settled", "all drawn", "price", "budget", "deadline"]
WAVES = (1, 2, 4, 8, 16)
"""Candidates to plan for where seconds bind."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What to buy (`option`; its `chunk` of it), or why to stop. `why` is one line for people.

    options: all that was considered. refused: a currency that refused an option with a gain. right: P of the leading
    answer, 0 without one. unseen: P(no answer so far is right).
    """

    option: Option | None
    stop: Stop | None
    why: str
    options: tuple[Option, ...]
    refused: str | None
    right: float
    unseen: float

    def to_dict(self) -> dict[str, Any]:
        """Plain values: what is believed, the best horizon of each action, what was chosen and why."""
        best = {(o.action, o.stream): o for o in sorted(self.options, key=lambda o: o.index)}
        chosen = self.option
        return {
            "right": round(self.right, 4),
            "unseen": round(self.unseen, 4),
            "considered": [option.to_dict() for option in best.values()],
            "chose": None
            if chosen is None
            else {"action": chosen.action, "count": chosen.chunk, "toward": chosen.size},
            "why": self.why,
        }


def decide(
    belief: Belief, state: State, offer: Offer, limits: Limits, price: float = 0.05, target: float | None = None
) -> Decision:
    """What to buy next.

    Args:
        belief: the laws of the run's streams.
        state: what is known, and the counters.
        offer: what may be bought, and the most candidates n.
        limits: the user's limits and what is left.
        price: what an index must exceed; a batch, whose market sees to it, gives 0.
        target: stop as soon as P(the answer is right) reaches it; the price is then 0.
    """
    seconds = _currency(belief, offer, limits) == "seconds"
    if seconds:
        offer = replace(offer, horizons=tuple(sorted({*offer.horizons, *WAVES})))
    options = tuple(options_of(belief, state, offer, limits))
    posterior = belief.posterior(state.votes)
    least = 0.0 if target is not None else price
    option: Option | None = None
    stop: Stop | None = None
    if state.drawn == 0:
        option, why = _first(belief, options, offer, limits, price, seconds), "start: the first candidate"
    elif target is not None and posterior.lead >= target:
        stop, why = "target", f"target: the answer is right with chance {target} or more"
    else:
        best = best_option([o for o in options if o.lacking is None and o.gain > NOTHING], least, seconds)
        if best is not None and worth_it(best, least, seconds):
            option, why = best, "index: the most gain for its share"
        else:
            stop, why = _stop(options, state.drawn >= offer.n, least, seconds)
    refused = next((o.lacking for o in options if o.lacking is not None and o.gain > NOTHING), None)
    return Decision(option, stop, why, options, refused, posterior.lead, posterior.unseen)


def _stop(options: Sequence[Option], drawn: bool, price: float, seconds: bool) -> tuple[Stop, str]:
    """Why nothing is bought; `drawn`: no draw is left."""
    gainful = [option for option in options if option.gain > NOTHING]
    if not gainful and drawn:
        return "all drawn", "all drawn: no candidate is left, and nothing else changes the answer"
    if not gainful:
        return "settled", "settled: nothing changes the answer"
    missing = next((o.lacking for o in gainful if o.lacking is not None and worth_it(o, price, seconds)), None)
    if missing == "seconds":
        return "deadline", "deadline: no time is left for what would help"
    if missing is not None:
        return "budget", f"budget: too few {missing} are left for what would help"
    return "price", "price: no gain is worth its share"


def best_option(options: Sequence[Option], price: float, seconds: bool = False) -> Option | None:
    """The option to begin with, None without any: the one of highest index, of equals that of larger gain.

    Where seconds bind it is the one of highest gain − price · share. What is sent together shares its seconds. Going
    step by step, which the index supposes, would pay them again and again.
    """
    if seconds:
        return max(options, key=lambda option: (option.gain - price * option.cost, -option.cost), default=None)
    return max(options, key=lambda option: (option.index, option.gain), default=None)


def worth_it(option: Option, price: float, seconds: bool = False) -> bool:
    """Whether an option is bought at a price; without a gain never, for nothing always."""
    if option.gain <= NOTHING or option.cost <= 0:
        return option.gain > NOTHING
    return option.gain > price * option.cost if seconds else option.index > price


def _currency(belief: Belief, offer: Offer, limits: Limits) -> str:
    """The currency that binds a draw of the cheapest stream."""
    return limits.binding(offer.draw(_cheapest(belief, offer, limits), 1))


def _cheapest(belief: Belief, offer: Offer, limits: Limits) -> int:
    """The stream whose candidate takes the least share; of equals by its key."""
    streams = range(len(belief.streams))
    return min(streams, key=lambda s: (limits.share(offer.draw(s, 1)), belief.streams[s].key))


def _first(
    belief: Belief, options: Sequence[Option], offer: Offer, limits: Limits, price: float, seconds: bool
) -> Option:
    """One candidate of the cheapest stream, whatever it is worth; where seconds bind the best first wave."""
    draws = [option for option in options if option.action in ("draw", "draw and score")]
    if seconds:
        best = best_option([option for option in draws if option.lacking is None], price, seconds)
        if best is not None:
            return best
    stream = _cheapest(belief, offer, limits)
    ones = [option for option in draws if option.stream == stream and option.size == 1]
    amounts = offer.draw(stream, 1)
    bare = Option("draw", 1, 0.0, limits.share(amounts), 1, stream, amounts, limits.lacking(amounts))
    return next((o for o in ones if o.action == "draw"), ones[0] if ones else bare)

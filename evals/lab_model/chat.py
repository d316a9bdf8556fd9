"""The chat format of the laboratory model: five special tokens, one template."""

from tokenizers import Tokenizer

PAD, USER, ASSISTANT, END, SCORE = "<|pad|>", "<|user|>", "<|assistant|>", "<|end|>", "<|score|>"
SPECIALS = [PAD, USER, ASSISTANT, END, SCORE]

TEMPLATE = (
    "{% for message in messages %}{% if message['role'] != 'system' %}<|{{ message['role'] }}|>\n"
    "{{ message['content'] }}<|end|>\n{% endif %}{% endfor %}{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
)
"""System messages are left out: the model was never taught to read one."""


def prompt_text(user: str) -> str:
    """What stands before the first token of the reply."""
    return f"{USER}\n{user}{END}\n{ASSISTANT}\n"


def encode(tokenizer: Tokenizer, text: str) -> list[int]:
    return tokenizer.encode(text, add_special_tokens=False).ids


def encode_pair(tokenizer: Tokenizer, user: str, reply: str) -> tuple[list[int], int]:
    """Token ids of a whole exchange, and where the reply starts."""
    before = encode(tokenizer, prompt_text(user))
    return before + encode(tokenizer, reply + END), len(before)

"""Sentences and lines that announce an answer ("Answer: 42", "La respuesta es 42", "故选C"), in many languages."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

FOLLOWING: Final = r"(?=(?P<answer>.{1,500}))"  # looked at, not consumed: a later statement may begin in it
FLAGS: Final = re.IGNORECASE | re.MULTILINE | re.DOTALL

# language: nouns that mean "answer", nouns that also head a whole solution, verbs that mean "is"
LANGUAGES: Final = {
    "German": ("Antwort|Endergebnis|Endantwort", "Ergebnis|Lösung", "ist|lautet|sind|beträgt|wäre"),
    "French": ("Réponse|Reponse", "Résultat|La solution|Les solutions", "est|sont|vaut|serait"),
    "Spanish": ("Respuesta|Opción correcta|Alternativa correcta", "Resultado|Solución", "es|son|sería"),
    "Portuguese": ("Resposta|Alternativa correta", "Resultado|Solução", "é|são|seria"),
    "Italian": ("Risposta", "Risultato|Soluzione", "è|e'|sono|sarebbe"),
    "Dutch": ("Antwoord|Eindantwoord", "Resultaat|Oplossing", "is|zijn|luidt"),
    "Polish": ("Odpowiedź|Odpowiedzią", "Wynik", "to|jest|wynosi"),
    "Swedish, Danish, Norwegian": ("Svar|Svaret", "Resultatet", "är|er"),
    "Czech": ("Odpověď", "Výsledek", "je"),
    "Romanian": ("Răspuns|Răspunsul", "Rezultatul", "este"),
    "Turkish": ("Cevap|Yanıt", "Sonuç", "şudur"),
    "Indonesian": ("Jawaban|Jawabannya", "Hasilnya", "adalah|ialah"),
    "Vietnamese": ("Đáp án|Câu trả lời|Đáp số|Trả lời", "Kết quả", "là"),
    "Swahili": ("Jibu", "Matokeo", "ni"),
    "Yoruba": ("Ìdáhùn", "Èsì", "ni"),
    "Russian": ("Ответ|Ответом|Правильный вариант", "Результат", "равен|есть|является|составляет|это"),
    "Ukrainian": ("Відповідь", "Результат", "є|дорівнює|це"),
    "Greek": ("Απάντηση", "Αποτέλεσμα", "είναι"),
    "Arabic": ("الجواب|الإجابة|إجابة", "النتيجة", "هو|هي"),
    "Hebrew": ("תשובה|התשובה", "התוצאה", "היא"),
    "Hindi": ("उत्तर|जवाब", "परिणाम", "है"),
    "Bengali": ("উত্তর|উত্তরঃ", "ফলাফল", "হল|হলো"),
    "Telugu": ("సమాధానం", "ఫలితం", "ఏమిటంటే"),
}
NOUNS: Final = "|".join(nouns for nouns, _, _ in LANGUAGES.values())
ADJECTIVES: Final = (  # between the noun and the colon or verb: "Respuesta final", "La réponse correcte est"
    r"(?:\s+(?:finale?|definitiva|correct[aoe]?|corretta|korrekte?|richtige?|akhir|cuối cùng|náà|exacte|poprawna))?"
)
LABEL: Final = r"[\s*_]*(?:[:：]|[–—=→⇒-](?=\s))[\s*_]*"
EAST_ASIAN: Final = r"คำตอบ|答案|答え|正解|解答|回答|答|정답|답변|답|最終答案|最终答案|最後の答え|结果|結果"
EAST_ASIAN_VERBS: Final = r"(?:คือ|应该是|應該是|应该为|应是|应为|就是|是|为|為|即|は|은|는|이|가)"
CHOSEN: Final = (
    r"(?:故|所以|因此|应|應|综上|則|则)?[,，]?(?:本题|答案)?(?:正确)?(?:选|選)(?:择|擇|项|項)?(?:答案|选项)?[:：为是]?"
)

ENGLISH: Final = (
    re.compile(
        r"(?:^[^\w\n]*+|(?<=[.!?;:] )(?:\*\*)?|(?<=[。！])\s*+)(?:(?:the|my|so|thus|therefore|hence|our),? )*"
        rf"(?:final |correct |short )*(?:answer|ans\b\.?)(?:\s*\((?:final|[a-z]+)\))?{LABEL}{FOLLOWING}",
        FLAGS,
    ),
    re.compile(rf"\b(?:final|correct) answer{LABEL}{FOLLOWING}", FLAGS),
    re.compile(rf"^[^\w\n]*+(?:final )?(?:answer|ans)\.?\s+(?=[$\\(\[]|-?\d|[A-J]\W*$){FOLLOWING}", FLAGS),
    re.compile(rf"^[^\w\n]*+(?:the |my )?(?:final |correct )?answer[ \t*_:]*\n{FOLLOWING}", FLAGS),
    re.compile(
        r"\b(?:answers?|(?:correct|right|best) (?:option|choice|letter|response|statement))\b[^.\n:]{0,80}?"
        r"\b(?:is|are|equals|would be|must be|should be|will be|comes? out to|turns out to be)\b"
        rf"(?: therefore| thus| then| simply| indeed| clearly| hence)?[:：]?{FOLLOWING}",
        FLAGS,
    ),
    re.compile(r"(?:^|(?<=\s))####[ \t]*+(?=(?P<answer>(?!step|final|answer|part|solution|\d+[.)] )[^\n#]+))", FLAGS),
)
LINES: Final = re.compile(
    rf"(?:^[^\w\n]*+|[.!?]\s++[^\w\n]*+)(?:[\w']+[ '’]){{0,2}}(?:{NOUNS}){ADJECTIVES}{LABEL}{FOLLOWING}"
    rf"|\b(?:{NOUNS}){ADJECTIVES}\s+(?=[$\\]|-?\d|\(?[A-J]\)?\W*$)(?=(?P<bare>.{{1,500}}))",
    FLAGS,
)
EASTERN: Final = (
    re.compile(rf"(?:{EAST_ASIAN})(?:{EAST_ASIAN_VERBS}|[\s*]*[:：])[\s*]*[:：]?{FOLLOWING}", re.DOTALL),
    re.compile(rf"{CHOSEN}\s*(?=(?P<answer>[(（]?[A-Z].{{0,40}}))", re.DOTALL),
)
IN_ENGLISH: Final = (
    "answer", "ans:", "ans.", "ans ", "####",
    *(f"{kind} {what}" for kind in ("correct", "right", "best")
      for what in ("option", "choice", "letter", "response", "statement")),
)  # fmt: skip
"""No English statement without one of these: a quick look."""
IN_EAST_ASIAN: Final = (*EAST_ASIAN.split("|"), "选", "選")


@cache
def _sentence(language: str) -> re.Pattern[str]:
    """The sentence "the answer is ..." in a language."""
    answer, other, verbs = LANGUAGES[language]
    return re.compile(
        rf"(?<!\w)(?:{answer}|{other})(?!\w){ADJECTIVES}(?:\s[^.\n:=]{{0,60}}?)?\s*(?<!\w)(?:{verbs})(?!\w)"
        r"(?:\s(?:donc|also|daher|damit|por tanto|portanto|quindi|dus))?[:：]?"
        rf"{FOLLOWING}",
        FLAGS,
    )


@cache
def _nouns(language: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    answer, other, _ = LANGUAGES[language]
    return tuple(answer.casefold().split("|")), tuple(other.casefold().split("|"))


def _patterns(text: str) -> list[re.Pattern[str]]:
    """The patterns that could find something in a text, by a quick look for their nouns."""
    folded = text.casefold()
    patterns = list(ENGLISH) if any(word in folded for word in IN_ENGLISH) else []
    spoken = [language for language in LANGUAGES if any(noun in folded for noun in _nouns(language)[0])]
    heads = [language for language in LANGUAGES if any(noun in folded for noun in _nouns(language)[1])]
    if spoken:
        patterns.append(LINES)
    if any(word in text for word in IN_EAST_ASIAN):
        patterns += EASTERN
    return patterns + [_sentence(language) for language in LANGUAGES if language in {*spoken, *heads}]


def announced(text: str) -> Iterator[tuple[int, str]]:
    """Where each statement of an answer begins, and the text that follows it; the last one first."""
    found = [match for pattern in _patterns(text) for match in pattern.finditer(text)]
    places = [(match.start(match.lastgroup or "answer"), match[match.lastgroup or "answer"]) for match in found]
    yield from sorted(places, key=lambda place: place[0], reverse=True)

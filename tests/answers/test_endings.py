"""What the last sentence of a text concludes with."""

import pytest

from ttc.answers import equivalent, extract_answer

VALUES = [
    ("Therefore, x = 2 and y = 3.", "x=2,y=3"),
    ("The answer is a = 1, b = 2, and c = 3.", "a=1,b=2,c=3"),
    ("Answer: $x = 5$, $y = 3$", "x=5,y=3"),
    ("So \\(m = 4\\) and \\(n = 7\\).", "m=4,n=7"),
    ("Hence x = 1, y = 2, z = 3.", "x=1,y=2,z=3"),
    ("The solutions are x = 1 and x = -1.", "1,-1"),
    ("Thus $p = 3$ or $p = 7$.", "3,7"),
    ("**Answer:** $a=2$ and $b=5$", "a=2,b=5"),
    ("The final answer is $x = 2$ and $y = -1$.", "x=2,y=-1"),
    ("#### x = 5, y = 3", "x=5,y=3"),
    ("The answers are A, B, and C.", "A,B,C"),
    ("The answer is 3, 5, and 7.", "3,5,7"),
    ("Answer: x_1 = 2; x_2 = 3", "x_1=2;x_2=3"),
    ("Answer: (x, y) = (1, 2)", "(1,2)"),
    ("The answer is A = 30 and B = 60 because they sum to 90.", "A=30,B=60"),
]
EQUATIONS = [
    ("The line is $y = 2x + 3$.", "y=2x+3"),
    ("So the equation is $2x + 3y = 6$.", "2x+3y=6"),
    ("Therefore the plane is $x + y + z = 1$.", "x+y+z=1"),
    ("Thus \\[x^2 + y^2 = 9.\\]", "x^2+y^2=9"),
    ("The equation of the circle is (x-1)^2 + y^2 = 4.", "(x-1)^2+y^2=4"),
    ("Therefore, 3x - 2y + 1 = 0.", "3x-2y+1=0"),
    ("The area is $A = 25$.", "25"),
    ("So $f(x) = x^2$.", "f(x)=x^2"),
    ("Hence $\\frac{x^2}{4} + \\frac{y^2}{9} = 1$.", "\\frac{x^2}{4}+\\frac{y^2}{9}=1"),
    ("The answer is $ax + by = c$.", "ax+by=c"),
    ("Thus $|AB| = 5$.", "5"),
    ("So $\\angle A = 30^\\circ$.", "30"),
    ("Therefore, $P(A) = 1/3$.", "1/3"),
]
SENTENCES = [
    ("He makes 9 * 2 = $<<9*2=18>>18 every day.", "18"),
    ("So Natalia sold 48+24 = <<48+24=72>>72 clips altogether.", "72"),
    ("Janet has 16 - 3 - 4 = 9 eggs left.", "9"),
    ("It took 2 + 1 = 3 bolts in total.", "3"),
    ("She spent $45.50.", "45.50"),
    ("The total cost was $1,234.56.", "1234.56"),
    ("Thus, each person pays $12.", "12"),
    ("She needs 20 more dollars.", "20"),
    ("There are 5 apples left in the basket.", "5"),
    ("John earned $20 on Monday.", "20"),
    ("Sum: 12", "12"),
    ("Total cost: $45", "45"),
    ("Profit = $70,000", "70000"),
    ("That is 12 + 5 = 17 cookies.", "17"),
    ("The price went from $5 to $8, so it rose by $3.", "3"),
    ("**Result:** 42", "42"),
    ("Number of ways: 120", "120"),
    ("Alice will have 7 candies.", "7"),
    ("So the total distance is 150 miles.", "150"),
    ("They each get 4 cookies, with none left over.", "4"),
    ("The answer is $5 - $3 = $2.", "2"),
    ("The profit is therefore $70,000, which is good.", "70000"),
    ("In total they have 3 + 4 = 7 pets at home.", "7"),
    ("Mark's age is now 10 years old.", "10"),
    ("It will take 6 hours.", "6"),
    ("The train travels 60*2=120 miles in 2 hours.", "120"),
    ("Total = 15", "15"),
    ("The value is 3/4.", "3/4"),
    ("So, he paid $3 + $4 = $7 for lunch.", "7"),
    ("Thus she has 50% left.", "50%"),
    ("Each shirt costs $15.99 after the discount.", "15.99"),
    ("Hence the cost is 29 dollars per person.", "29"),
    ("I tried 3 times but failed", None),
]
EXCLAIMED = [
    ("So the answer is 120!", "120"),
    ("The final answer is 7! Hope that helps.", "7"),
    ("**The answer is 42!**", "42"),
    ("The answer is $5!$.", "120"),
    ("\\boxed{5!}", "120"),
    ("Therefore, x = 12!", "12"),
    ("Answer: 42!", "42"),
    ("There are 15 apples!", "15"),
    ("The answer is 42!!!", "42"),
    ("The answer is C!", "C"),
    ("The answer is 8!/2!", "20160"),
    ("The answer is n!", "n!"),
    ("The answer is 3.5!", "3.5"),
    ("The answer is 50%!", "50%"),
    ("The answer is (B)!", "(B)"),
]
SHORT = [
    ("So $y = 2x + 3$.", "y=2x+3"),
    ("It's 42.", "42"),
    ("It is 42.", "42"),
    ("So it is 5.", "5"),
    ("So x is 5.", "5"),
    ("That's 12.", "12"),
    ("So I get 42.", "42"),
    ("He's 5.", "5"),
    ("So $a = 5$.", "5"),
    ("So $\\frac{1}{2}$.", "1/2"),
    ("It is $x = 3$", "3"),
    ("No, it is 8.", "8"),
    ("Let's go.", None),
    ("x = 5", "5"),
    ("So x = 5", "5"),
]


@pytest.mark.parametrize(("text", "answer"), VALUES)
def test_all_named_values_are_kept(text: str, answer: str | None) -> None:
    found = extract_answer(text)
    assert found is None if answer is None else found is not None and equivalent(found, answer), found


@pytest.mark.parametrize(("text", "answer"), EQUATIONS)
def test_an_equation_keeps_its_left_side(text: str, answer: str | None) -> None:
    found = extract_answer(text)
    assert found is None if answer is None else found is not None and equivalent(found, answer), found


@pytest.mark.parametrize(("text", "answer"), SENTENCES)
def test_last_sentences_as_models_taught_on_gsm8k_write_them(text: str, answer: str | None) -> None:
    found = extract_answer(text)
    assert found is None if answer is None else found is not None and equivalent(found, answer), found


@pytest.mark.parametrize(("text", "answer"), EXCLAIMED)
def test_an_exclamation_mark_in_prose_is_no_factorial(text: str, answer: str | None) -> None:
    found = extract_answer(text)
    assert found is None if answer is None else found is not None and equivalent(found, answer), found


@pytest.mark.parametrize(("text", "answer"), SHORT)
def test_short_words_are_no_formula(text: str, answer: str | None) -> None:
    found = extract_answer(text)
    assert found is None if answer is None else found is not None and equivalent(found, answer), found

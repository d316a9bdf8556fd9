"""Pairs of answers by kind of fault: ≡ for equal, ≢ for different."""

import pytest

from ttc.answers import canonical, equivalent

TABLE = r"""
# decimals that floating point computed
1/7 ≡ 0.14285714285714285
\frac{1}{7} ≡ 0.14285714285714285
1/7 ≡ 0.142857142857142849
22/7 ≡ 3.142857142857143
\frac{22}{7} ≡ 3.142857142857143
22/7 ≡ 3.142857142857142794
-5/9 ≡ -0.5555555555555556
\frac{-5}{9} ≡ -0.5555555555555556
1/9999 ≡ 0.00010001000100010001
\frac{1}{9999} ≡ 0.00010001000100010001
2/3 ≡ 0.6666666666666666
\frac{2}{3} ≡ 0.6666666666666666
2/3 ≡ 0.666666666666666630
100/3 ≡ 33.333333333333336
\frac{100}{3} ≡ 33.333333333333336
100/3 ≡ 33.333333333333335702
1234567/7 ≡ 176366.7142857143
\frac{1234567}{7} ≡ 176366.7142857143
1234567/7 ≡ 176366.714285714289871976
1/3000000 ≡ 3.3333333333333335e-07
\frac{1}{3000000} ≡ 3.3333333333333335e-07
10/6 ≡ 1.6666666666666667
\frac{10}{6} ≡ 1.6666666666666667
10/6 ≡ 1.666666666666666741
0.3 ≡ 0.30000000000000004
3 ≡ 2.9999999999999996
1/3 ≡ 0.3333333333333333333333333333
1/3 ≡ 0.33333333333333331483
33.33333333333333% ≡ 1/3
(1/3, 2/3) ≡ (0.3333333333333333, 0.6666666666666666)
1/3 ≡ 0.3333333333333334
1/3 ≢ 0.33333
\sqrt{2} ≡ 1.4142135623730951
x=1/3 ≡ 0.3333333333333333
1/3 ≡ 0.333333333333
1/3 ≡ .333333333333333333
0.1234567890123456 ≡ 0.1234567890123456
0.1234567890123456 ≢ 0.1234567890123999
2.0000000000000004 ≡ 2
1e-16 ≢ 0
5.551115123125783e-17 ≢ 0
# dollars within an answer
$3$ and $5$ ≡ 3,5
$125$ miles ≡ 125
\(1\) and \(2\) ≡ 1,2
$x=1$ or $x=2$ ≡ 1,2
$5$ cm ≡ 5 cm
$-3$, $4$ ≡ -3,4
$\frac{1}{2}$ hours ≡ 0.5 hours
$90^\circ$ and $45^\circ$ ≡ 90,45
$10$ \% ≡ 10\%
about $5$ ≡ 5
($3$, $4$) ≡ (3,4)
$5 ≡ 5
$$7$$ cm ≡ 7 cm
$(1,2)$ and $(3,4)$ ≡ (1,2),(3,4)
$a=1$, $b=2$ ≡ a=1,b=2
$1,000 ≡ 1000
5$ ≡ 5
# commas after a leading zero
0,125 ≢ 125
000,100 ≢ 100
01,234 ≢ 1234
0 125 ≢ 125
0{,}125 ≢ 125
0'125 ≢ 125
0.000.125 ≢ 125
0,500,000 ≢ 500000
1,000 ≡ 1000
10,000,000 ≡ 10000000
# decimal commas
2,50 € ≡ 2.50 €
€ 3,99 ≡ 3.99
1.000,50 ≡ 1000.5
0,5 ≡ 1/2
0,5 ≡ 0, 5
3,14 ≡ 3.14
1,2 ≡ 1, 2
-0,5 ≡ -0.5
2,5 cm ≡ 2.5 cm
12,5 % ≡ 12.5%
1,000 ≢ 1.000
1 234,56 ≡ 1234.56
(0,5; 1,5) ≡ (0.5, 1.5)
0{,}5 ≡ 0.5
1.5, 2.5 ≡ 1.5;2.5
1,2 ≢ 12
1,2,3 ≢ 1.2
# notations
90\textdegree ≡ 90
30 \textdegree C ≡ 30 degrees Celsius
25 percentage points ≡ 25%
(1,2)or(3,4) ≡ (1,2),(3,4)
(1,2) or(3,4) ≡ (1,2),(3,4)
\{1\}or\{2\} ≡ \{1\},\{2\}
x=1orx=2 ≡ 1,2
a=1,b=2;a=3,b=4 ≡ (1,2),(3,4)
x=1,y=2; x=3,y=4 ≡ (3,4),(1,2)
x=1,y=2;x=3,y=4 ≢ (1,2),(4,3)
1{, }2 ≡ 1,2
\begin{pmatrix}3&3\\3&3\end{pmatrix} ≡ \begin{pmatrix}1&2\\3&4\end{pmatrix}+\begin{pmatrix}2&1\\0&-1\end{pmatrix}
\begin{pmatrix}2&4\\6&8\end{pmatrix} ≡ 2\begin{pmatrix}1&2\\3&4\end{pmatrix}
\begin{pmatrix}0&0\\0&0\end{pmatrix} ≡ \begin{pmatrix}1&2\\3&4\end{pmatrix}-\begin{pmatrix}1&2\\3&4\end{pmatrix}
\begin{pmatrix}7&10\\15&22\end{pmatrix} ≡ \begin{pmatrix}1&2\\3&4\end{pmatrix}\begin{pmatrix}1&2\\3&4\end{pmatrix}
\begin{pmatrix}7&10\\15&22\end{pmatrix} ≡ \begin{pmatrix}1&2\\3&4\end{pmatrix}\cdot\begin{pmatrix}1&2\\3&4\end{pmatrix}
\begin{pmatrix}1\\2\end{pmatrix} ≡ \frac{1}{2}\begin{pmatrix}2\\4\end{pmatrix}
\begin{pmatrix}1&2\\3&4\end{pmatrix} ≢ \begin{pmatrix}1&2\\3&4\end{pmatrix}+\begin{pmatrix}1&0\\0&1\end{pmatrix}
-\begin{pmatrix}1\\2\end{pmatrix} ≡ \begin{pmatrix}-1\\-2\end{pmatrix}
\begin{pmatrix}1&2\\3&4\end{pmatrix}+\begin{pmatrix}1\\2\end{pmatrix} ≢ \begin{pmatrix}1&2\\3&4\end{pmatrix}
\begin{bmatrix}1\\2\end{bmatrix}+t\begin{bmatrix}3\\4\end{bmatrix} ≡ \begin{pmatrix}1+3t\\2+4t\end{pmatrix}
A = \begin{pmatrix}1&2\\3&4\end{pmatrix} ≡ \begin{pmatrix}1&2\\3&4\end{pmatrix}
2x \text{ for all } x ≡ 2x
x^2+c, c \text{ constant} ≡ x^2+c
2\pi k, k \in \mathbb{Z} ≡ 2\pi k
f(x)=x+c, where c is any real constant ≡ f(x)=x+c
f(x) = kx \text{ for some constant } k ≡ kx
x^2 \text{ for all } x \in \mathbb{R} ≡ x^2
f(x)=x \quad \forall x \in \mathbb{R} ≡ x
n^2 \text{ for every integer } n ≡ n^2
e^x + C \text{ (}C\text{ is a constant)} ≡ e^x+C
cx \text{ with } c \in \mathbb{R} ≡ cx
f(x) = 0 \text{ for all } x ≡ 0
x+1 \text{ for all real } x ≢ x+2
42 \checkmark ≡ 42
42 ✓ ≡ 42
42~\checkmark ≡ 42
42 \blacksquare ≡ 42
42 (approx.) ≡ 42
3.14 \text{ (approximately)} ≡ 3.14
~42 ≡ 42
≈42 ≡ 42
about 42 ≡ 42
approximately 42 ≡ 42
\approx 42 ≡ 42
approx. 42 ≡ 42
\sim 42 ≡ 42
42 (rounded to the nearest integer) ≡ 42
(approximately) 42 ≡ 42
42 roughly ≡ 42
45 \text{ degrees} ≡ 45
\{1,2\} ≡ {1,2}
5 percentage ≡ 5%
# disputable expectations
0<f(x)<1 ≡ (0,1)
-1 \le f(x) \le 1 ≡ [-1,1]
f(x) > 2 ≡ (2,\infty)
|x|<3 ≡ (-3,3)
|x| > 2 ≡ (-\infty,-2)\cup(2,\infty)
|x-1| \le 2 ≡ [-1,3]
1<|x|<2 ≡ (-2,-1)\cup(1,2)
1<|x|<2 ≢ (1,2)
a:b=2:3 ≡ 2:3
A:B=3:4 ≡ 3:4
A:B = 2 ≡ 2
(1,2),(2,1) ≡ (1,2),(2,1),(1,2)
1,1,2 ≢ 1,2,2
1,1,2 ≢ 1,2
(1,2),(1,2) ≢ (1,2),(2,1)
|x|<3 ≢ |x|<4
0<f(x)<1 ≢ 0<g(x)<1
(1,2) ≢ 1.2
[1,2] ≢ 1.2
123456789012345.5 ≢ 123456789012345
# number words
half ≡ 1/2
twenty-one ≡ 21
one half ≡ 0.5
a half ≡ 1/2
one-half ≡ 1/2
three quarters ≡ 3/4
two-thirds ≡ 2/3
one hundred ≡ 100
one hundred and five ≡ 105
two thousand three hundred forty-five ≡ 2345
seven ≡ 7
ninety-nine ≡ 99
one million ≡ 1000000
minus five ≡ -5
negative three ≡ -3
three and a half ≡ 3.5
one and one half ≡ 1.5
a dozen ≡ 12
a hundred ≡ 100
twenty one ≡ 21
thirty-five apples ≡ 35 apples
five hundred thousand ≡ 500000
three point five ≡ 3.5
one third ≡ 1/3
a quarter ≡ 0.25
Twenty-One ≡ 21
ten dollars ≡ \$10
two and three quarters ≡ 11/4
one fourth ≡ 1/4
three-fifths ≡ 3/5
fifteen ≡ 15
zero ≡ 0
one ≡ 1
\text{twenty-one} ≡ 21
forty two ≡ 42
half ≡ 0.5
two million ≡ 2000000
eleven hundred ≡ 1100
one hundred twenty ≡ 120
sixty percent ≡ 60%
one thousand and one ≡ 1001
two dozen ≡ 24
one eighth ≡ 0.125
five-sixths ≡ 5/6
fifty ≡ 50
twenty-one ≢ 20
twenty-one ≢ 1
half ≢ 2
one third ≢ 3
three ≢ four
one hundred ≢ 1
seven ≢ seventeen
two ≢ 3
ten ≢ one
six ≢ sixteen
no solution ≢ 0
none ≢ 0
one to one ≢ 1
two-dimensional ≢ 2
# false equals
[-1,1] ≢ -1,1
[1,2] ≢ 1, 2
[0,5) ≢ 0,5
(0,5] ≢ 0, 5
a^2 + b = 0 ≢ 0
7 = 11a+c ≢ 11a+c
p+q=0 ≢ 0
m^2-n=0 ≢ 0
3 = 2a + b ≢ 2a+b
0 = a+b ≢ 0
5=k ≡ 5
k=0 ≡ 0
a+b = 12 ≡ 12
x+y=0 ≢ 0
x^2=4 ≢ 4
12 = 3a ≢ 3a
a^2+b^2=25 ≡ 25
7=11a+c ≡ 11a+c=7
7 = 11a+c ≡ c=7-11a
[-1,1] ≢ (-1,1)
[1,2] ≢ \{1,2\}
[1,2] ≢ [2,1]
[1,2,3] ≡ 1,2,3
\left(\frac{1}{2}\right) ≡ 1/2
\\frac{1}{2} ≡ 1/2
"""


def pairs() -> list[tuple[str, str, bool]]:
    found = []
    for line in TABLE.strip().splitlines():
        if not line.startswith("# "):
            sign = "≡" if " ≡ " in line else "≢"
            first, second = line.split(f" {sign} ")
            found.append((first, second, sign == "≡"))
    return found


@pytest.mark.parametrize(("first", "second", "equal"), pairs())
def test_pair(first: str, second: str, equal: bool) -> None:
    assert equivalent(first, second) is equal, f"{canonical(first)} and {canonical(second)}"
    assert equivalent(second, first) is equal, "in the other order"
    if not equal:
        assert canonical(first) != canonical(second)

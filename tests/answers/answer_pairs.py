r"""Pairs of answers by kind: `a ≡ b` for answers that a grader takes as equal, `a ≢ b` for different ones.

Written in raw text, one pair a line; {nbsp}, {thin} and {narrow} stand for Unicode spaces.
"""

TABLE = r"""
# integers and thousands separators
1,000 ≡ 1000
1\,000 ≡ 1000
1{,}000 ≡ 1000
12,\!000,\!085 ≡ 12000085
1 000 ≡ 1000
1{thin}000 ≡ 1000
1{narrow}000{narrow}000 ≡ 1000000
1{nbsp}000 ≡ 1,000
1'000 ≡ 1000
1.000.000 ≡ 1000000
1,234,567.5 ≡ 1234567.5
$1,234$ ≡ 1234
100,000 ≡ 100 000
1,00,000 ≡ 100000
007 ≡ 7
+3 ≡ 3
5. ≡ 5
42 ≡ \boxed{42}
100,200,300 ≡ 100, 200, 300
1,000, 2,000 ≡ 2000, 1000
\frac{12}{5,\!525} ≡ \frac{12}{5525}
3 million ≡ 3,000,000
10^{10} ≡ 10000000000
2^{10} ≡ 1024
3^{2007} ≡ 3 \cdot 9^{1003}
1,000 ≢ 1
1,000 ≢ 100
1.000 ≢ 1000
1000 ≢ 1001
12 ≢ 21
1 2 ≢ 12
999999999999999999 ≢ 1000000000000000000
-1,000 ≡ -1000
x=1,000 ≡ 1000
(1,000, 2,000) ≡ (1000,2000)
2,000 km ≡ 2000
1,000,000 ≢ 1,000
2^{100} ≢ 2^{100}+1
2^{100}+\sqrt2 ≢ 2^{100}+1+\sqrt2

# decimals and fractions
0.5 ≡ 1/2
.5 ≡ \frac12
0.50 ≡ \frac{1}{2}
\frac{1}{2} ≡ \dfrac{1}{2}
\tfrac34 ≡ 3/4
\cfrac{25}{16} ≡ 25/16
\frac{625}4 ≡ 156.25
\frac 43 ≡ \frac{4}{3}
\frac 1{72} ≡ 1/72
\frac{2}{4} ≡ \frac{1}{2}
-\frac{1}{2} ≡ \frac{-1}{2}
-\frac{1}{2} ≡ \frac{1}{-2}
½ ≡ 0.5
2½ ≡ 2.5
27.00 ≡ 27
0.\overline{3} ≡ 1/3
0.1\overline{6} ≡ \frac16
0.(3) ≡ 1/3
0.333... ≡ \frac13
0.\dot{3} ≡ 1/3
0.333333 ≡ 1/3
１／２ ≡ 0.5
３．１４ ≡ 3.14
n \equiv 3 \pmod 5 ≡ n \equiv 3\pmod{5}
n \equiv 3 (\text{mod } 5) ≡ n \equiv 3 \pmod{5}
n \equiv 3 \pmod 5 ≢ n \equiv 3 \pmod{7}
$\$36$ ≡ \$36
$\$36$ ≡ 36
\{1\pm\sqrt{5},-2\} ≡ -2, 1+\sqrt{5}, 1-\sqrt{5}
\{1\pm\sqrt{5},-2\} ≢ -2, 1+\sqrt{5}
\frac{2}{3} (approximately 0.667) ≡ 2/3
3.5 (or 7/2) ≡ 3.5
2 (or 3) ≢ 2
0 ≢ 0.0000001
0 ≢ 1e-10
0.000000 ≡ 0
0.6666667 ≡ \frac23
\frac{\frac12}{\frac34} ≡ 2/3
\frac{1/2}{3} ≡ 1/6
1÷4 ≡ 0.25
0.333 ≢ 1/3
0.33 ≢ \frac13
0.3333333 ≢ 0.3333334
0.5 ≢ 0.05
\frac{2}{3} ≢ \frac{3}{2}
1/2 ≢ 1/3
0.\overline{3} ≢ 0.3
1/2 ≢ -1/2

# percent
50\% ≡ 0.5
50\% ≡ 50
50% ≡ \frac{1}{2}
50 percent ≡ 50\%
7.2\% ≡ 7.2
12.5\% ≡ \frac{1}{8}
50\% ≢ 0.5\%
50\% ≢ 5
50\% ≢ 500
50\% ≢ 51\%
33\frac{1}{3}\% ≡ \frac{1}{3}

# mixed numbers
1 1/2 ≡ 3/2
1\frac{1}{2} ≡ 1.5
3\dfrac{1}{4} ≡ 13/4
6\frac15 ≡ 31/5
-1 1/2 ≡ -\frac32
-2\frac{1}{3} ≡ -7/3
1 \frac{1}{2} ≡ 1.5
2 \dfrac{3}{4} ≡ \frac{11}{4}
2\frac{1}{2} \text{ hours} ≡ 2.5 hours
2\frac{1}{2} ≢ 1
1 1/2 ≢ 11/2
1 1/2 ≢ 1/2
3\frac{1}{4} ≢ \frac{3}{4}

# scientific notation
1.5e3 ≡ 1500
1.5E3 ≡ 1500
1.5\times10^3 ≡ 1500
1.5 × 10^{3} ≡ 1500
1.5 \cdot 10^{3} ≡ 1500
1.5*10^3 ≡ 1500
10^-3 ≡ 0.001
10^{-3} ≡ 1e-3
6.02 × 10²³ ≡ 6.02e23
2.5e-4 ≡ 0.00025
1.5e3 ≢ 150
1.5\times10^3 ≢ 1.5\times10^4
10^-3 ≢ 1000
10^{400} ≢ 10^{401}

# roots and pi
\sqrt2 ≡ sqrt(2)
√2 ≡ \sqrt{2}
√25 ≡ 5
2\sqrt{3} ≡ \sqrt{12}
2√3 ≡ 2\sqrt3
\frac{\sqrt{3}}{3} ≡ \frac{1}{\sqrt{3}}
\sqrt[3]{8} ≡ 2
\sqrt[3]{2} ≡ 2^{1/3}
\sqrt[4]{16} ≡ 2
2^{1/2} ≡ \sqrt2
2^{\frac{3}{2}} ≡ 2\sqrt2
\pi ≡ π
3pi ≡ 3\pi
\frac{2\pi}{3} ≡ \frac23\pi
\frac{3}{4}\pi ≡ 0.75\pi
\sqrt{4} ≡ 2
1.414214 ≡ \sqrt2
3.141593 ≡ \pi
(1+\sqrt2)^2 ≡ 3+2\sqrt2
\frac{1}{\sqrt2-1} ≡ \sqrt2+1
\sqrt{2} ≢ \sqrt{3}
\sqrt2 ≢ 1.414
\pi ≢ 3.14
\pi ≢ 22/7
2\pi ≢ \pi
\sqrt[3]{2} ≢ \sqrt{2}
2\sqrt{3} ≢ 3\sqrt{2}

# signs and brackets
(-3) ≡ -3
−3 ≡ -3
-(3) ≡ -3
--3 ≡ 3
(5) ≡ 5
((7)) ≡ 7
\textcolor{red}{42} ≡ 42
\underline{42} ≡ 42
(2)(3) ≡ 6
-0 ≡ 0
\left(\frac12\right) ≡ 1/2
\left(\frac{3}{4},5\right) ≡ (0.75, 5)
-3 ≢ 3
-(3+1) ≢ -3+1

# ordered tuples, lists and sets
(1, 2) ≡ (1,2)
\left( 1,2 \right) ≡ (1, 2)
(3.0, 4.0) ≡ (3,4)
(\frac12, -1) ≡ (0.5,-1)
\langle 1,2,3\rangle ≡ (1,2,3)
1, 2 ≡ 2, 1
1,2 ≡ 2,1
\{1,2\} ≡ {2,1}
\{1,2\} ≡ 2, 1
\left\{1,2,3\right\} ≡ \{3,2,1\}
\{1,1,2\} ≡ \{1,2\}
1 and 2 ≡ 2,1
1 or 2 ≡ 1, 2
7, -2, \text{ and } -5 ≡ -5, -2, 7
12\text{ and }13 ≡ 12, 13
1; 2; 3 ≡ 1, 2, 3
(1,2),(3,4) ≡ (3,4),(1,2)
(1,2) ≡ 1, 2
\sqrt{2}, \frac12 ≡ 0.5, \sqrt2
-2, 4 ≡ 4 \text{ and } -2
\{5\} ≡ 5
(1,2) ≢ (2,1)
(1,2) ≢ 2, 1
(1,2) ≢ \{1,2\}
(1,2) ≢ (1,2,3)
1, 2 ≢ 1, 2, 3
\{1,2\} ≢ \{1,3\}
1, 1, 2 ≢ 1, 2, 2
(1,2),(3,4) ≢ (2,1),(3,4)
1, 2 ≢ 12
(1,2) ≢ 12

# several solutions
x=1 or x=2 ≡ 1, 2
x = 1, x = 2 ≡ 2, 1
x = 1, 2 ≡ 1,2
x=1 \text{ or } x=2 ≡ \{1,2\}
\pm 2 ≡ 2, -2
x = \pm 2 ≡ -2, 2
± 4 ≡ 4, -4
1 \pm \sqrt2 ≡ 1-\sqrt2, 1+\sqrt2
x=1, y=2 ≡ (1,2)
x=1, y=2 ≡ y=2, x=1
0, \pm 2 ≡ -2, 0, 2
x=1, y=2 ≢ x=2, y=1
x=1, y=2 ≢ (2,1)
\pm 2 ≢ 2
(1, 2) \text{ and } (3, 4) ≡ \{(1,2),(3,4)\}
3\text{ and }-3 ≡ \pm 3
1 \pm \sqrt2 ≢ 1+\sqrt2
x=1 or x=2 ≢ 1, 3
\frac{-1 \pm \sqrt{5}}{2} ≡ \frac{-1+\sqrt5}{2}, \frac{-1-\sqrt5}{2}
6 + 9i, 6 - 9i ≡ 6 \pm 9i
(x, y) = (2, 3) ≡ (2,3)
m = 5, b = 3 ≡ b = 3, m = 5
\frac{3}{5} \text{ or } 0.6 ≡ 0.6

# intervals and inequalities
(2,\infty) ≡ x>2
(2,\infty) ≡ x > 2
(2, \infty) ≡ 2 < x
[2,\infty) ≡ x \ge 2
(-\infty,3] ≡ x \le 3
(-∞, 3] ≡ x ≤ 3
[1,3) ≡ 1 \le x < 3
[1,3) ≡ 3>x>=1
(1,2) ≡ 1<x<2
(-\infty,1)\cup(3,\infty) ≡ x<1 or x>3
(3,\infty)\cup(-\infty,1) ≡ (-\infty,1) ∪ (3,\infty)
x \in [0,1] ≡ [0,1]
x \in (1,2) ≡ 1<x<2
\mathbb{R} ≡ (-\infty,\infty)
\text{all real numbers} ≡ \mathbb{R}
(-\infty,3)\cup(3,\infty) ≡ x \ne 3
\mathbb{R}\setminus\{3\} ≡ x \neq 3
[0,1]\cup[1,2] ≡ [0,2]
\{-1\}\cup[2,\infty) ≡ x=-1 \text{ or } x\ge 2
x=0 \text{ or } 1<x<2 ≡ (1,2)\cup\{0\}
x=-1 \text{ or } x\ge 2 ≢ [2,\infty)
x=2, y>3 ≢ y>3
\{x \mid x > 2\} ≡ (2,\infty)
x > 1 \text{ and } x < 3 ≡ (1,3)
2x > 4 ≡ x > 2
-x < 3 ≡ x > -3
2^3^2 ≡ 512
\left[0,\frac{343}{27}\right] ≡ 0 \le x \le 343/27
(0.5, 1] ≡ (\frac12,1]
(-5,\sqrt{26}] ≡ -5 < x \leq \sqrt{26}
(2,\infty) ≢ x \ge 2
(2,\infty) ≢ [2,\infty)
(2,\infty) ≢ x < 2
(-\infty,0) ≢ (-\infty,\infty)
(-\infty,0) ≢ (0,\infty)
[1,2] ≢ (1,2)
[1,2) ≢ (1,2]
x>2 ≢ y>2
x>2 ≢ x<2
(1,3)\cup(4,5) ≢ (1,3)
x \ne 3 ≢ 3
(-\infty,-2)\cup(2,\infty) ≡ x<-2, x>2
(-oo, 3) ≡ x<3
x >= 3 ≡ [3, inf)
(-\infty, \infty) ≡ \mathbb R
[1,2] ≢ [2,1]
(-1,1) ≢ [-1,1]

# matrices and vectors
\begin{pmatrix}1&2\\3&4\end{pmatrix} ≡ [[1,2],[3,4]]
\begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix} ≡ \begin{pmatrix}1&2\\3&4\end{pmatrix}
\left(\begin{array}{cc}1&2\\3&4\end{array}\right) ≡ \begin{bmatrix}1&2\\3&4\end{bmatrix}
\left[\begin{matrix}1&2\\3&4\end{matrix}\right] ≡ [[1, 2], [3, 4]]
\begin{pmatrix} 1/2 \\ 0 \end{pmatrix} ≡ \begin{pmatrix} 0.5 \\ 0 \end{pmatrix}
\begin{pmatrix} - 2 \\ -7 \\ 13 \end{pmatrix} ≡ (-2,-7,13)
\begin{pmatrix} 1/\sqrt{2} & 0 \\ 0 & 1 \end{pmatrix} ≡ \begin{pmatrix} \frac{\sqrt2}{2} & 0 \\ 0 & 1 \end{pmatrix}
\begin{pmatrix}1&2\\3&4\end{pmatrix} ≢ \begin{pmatrix}1&3\\2&4\end{pmatrix}
\begin{pmatrix}1\\2\end{pmatrix} ≢ \begin{pmatrix}2\\1\end{pmatrix}
\begin{pmatrix}1\\2\end{pmatrix} ≢ \begin{pmatrix}1&2\end{pmatrix}
\begin{pmatrix}1&2\\3&4\end{pmatrix} ≢ [[1,2,3,4]]
\begin{pmatrix}1\\-1\end{pmatrix} ≢ 0
\begin{bmatrix}1\\2\end{bmatrix} ≡ [1,2]
\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix} ≡ [1,2;3,4]
\begin{pmatrix}1&0\\0&1\end{pmatrix} ≢ \begin{pmatrix}0&1\\1&0\end{pmatrix}

# expressions up to algebra
(x+1)^2 ≡ x^2+2x+1
x^2-1 ≡ (x-1)(x+1)
2(x+3) ≡ 2x+6
-34 + 12x ≡ 12x-34
\frac{x+1}{2} ≡ \frac{x}{2}+\frac12
7(x+3) (x-3) ≡ 7x^2-63
ab ≡ ba
xy ≡ y x
a^2b ≡ b \cdot a^2
\frac{c}{a} ≡ c/a
36x \sqrt{35x} ≡ 36\sqrt{35}x^{3/2}
\sqrt{x^2} ≡ |x|
x^{-1} ≡ \frac1x
\frac{1}{y} + y ≡ \frac{y^2+1}{y}
e^{2x} ≡ (e^x)^2
\sin^2 x + \cos^2 x ≡ 1
2\sin x\cos x ≡ \sin(2x)
\ln(ab) ≡ \ln a + \ln b
x_1 + x_2 ≡ x_2 + x_1
p+q-r ≡ q - r + p
n! ≡ n(n-1)!
\frac{3x^2-3}{x-1} ≡ 3x+3
x^2 ≢ x^3
x+1 ≢ x-1
(x+1)^2 ≢ x^2+1
5x ≢ 5
ab ≢ a+b
x ≢ y
R ≢ 2r
x_1 ≢ x_2
\binom{n}{2} ≡ \frac{n(n-1)}{2}
\frac{1}{1+\frac{1}{x}} ≡ \frac{x}{x+1}
\frac{x}{2} ≢ \frac{2}{x}
\cos\theta ≢ \sin\theta
\sqrt{x^2} ≢ x
\frac{1}{2x} ≢ \frac{1}{2}x

# equations
x=5 ≡ 5
5 ≡ x = 5
x = 5 ≡ 5 = x
k = \frac12 ≡ 0.5
y=2x+1 ≡ 2x+1
2x+1=y ≡ y=2x+1
f(x)=2x+1 ≡ 2x+1
f(x)=2x+1 ≡ y=2x+1
x+y=3 ≡ y=3-x
2x+2y=6 ≡ x+y=3
10x - 4y - 5z - 20 = 0 ≡ 5z = 10x - 4y - 20
x^2 + y^2 = 13 ≡ y^2 = 13 - x^2
a+b = 12 ≡ 12
x = 10/2 = 5 ≡ 5
2+3=5 ≡ 5
P(A) = \frac13 ≡ 1/3
\angle ABC = 30^\circ ≡ 30
x \approx 3.14 ≡ 3.14
x=5 ≢ y=5
x=5 ≢ 6
y=2x+1 ≢ y=2x-1
x+y=3 ≢ x-y=3
x+y=3 ≢ 3
x^2 + y^2 = 13 ≢ 13
y=2x+1 ≢ x=2y+1

# choices
(C) ≡ C
\text{(C)} ≡ C
\text{C} ≡ (C)
C. ≡ C
(c) ≡ C
C) 5 ≡ C
(C) 12 ≡ (C)
\textbf{(B)} ≡ B
Option C ≡ C
A, C ≡ C, A
\text{A,C,F} ≡ ACF
\mathrm{(D)} ≡ D
A ≢ B
(A) ≢ (B)
C) 5 ≢ D) 5
A, C ≢ A, B
C ≢ 3

# text
\text{Evelyn} ≡ evelyn
Yes ≡ yes
\text{even} ≡ Even
\mbox{Saturday} ≡ saturday
\text{the circle} ≡ circle
\text{ellipse}. ≡ ellipse
\textbf{True} ≡ true
**Paris** ≡ Paris
June 20 ≡ \text{June 20}
\text{no solution} ≡ No solutions
\emptyset ≡ no solution
∅ ≡ \varnothing
\{\} ≡ \emptyset
none ≡ no solution
DNE ≡ does not exist
undefined ≡ \text{undefined}
two ≡ 2
\infty ≡ infinity
-\infty ≡ -∞
3rd ≡ 3
Evelyn ≢ Carla
yes ≢ no
even ≢ odd
blue ≢ lube
True ≢ False
\infty ≢ -\infty
June 20 ≢ June 21
no solution ≢ 0
\emptyset ≢ 0
undefined ≢ \infty
on ≢ no

# base subscripts
1011_2 ≡ 1011_{2}
1011_2 ≡ 1011
4130_5 ≡ 4130_{\text{five}}
1011_2 ≡ 11_{10}
1011 \text{ base } 2 ≡ 1011_2
152A_{11} ≡ 152a_{11}
(1011)_2 ≡ 1011_2
FF_{16} ≡ 255_{10}
1011_2 ≢ 1011_3
10_2 ≢ 10_8
100_2 ≢ 100_{16}
1011_2 ≢ 1011_{10}
25_6 ≢ 25_7
1011_2 ≢ 1010_2
101_2 ≢ 101_{3}

# units
5 cm ≡ 5
5\text{ cm} ≡ 5 centimeters
5\,\mathrm{cm} ≡ 5 cm
100 cm ≡ 1 m
1 hour ≡ 60 minutes
2 \text{ feet} ≡ 24 inches
5 m ≡ 5
144 \mbox{ m}^3 ≡ 144
440\text{ cm}^2 ≡ 440 square centimeters
8\sqrt{3} \text { square inches} ≡ 8\sqrt3
18\text{ ways.} ≡ 18
100\text{ square units} ≡ 100
12 \text{ gm} ≡ 12 grams
\frac{3}{4}\pi\text{ inches} ≡ 0.75\pi
60 km/h ≡ 60 kilometers per hour
45\text{ mph} ≡ 45
15 apples ≡ 15
575\text{ students} ≡ 575
162\text{ minutes} ≡ 162
1 kg ≡ 1000 g
90\text{ square units} ≡ 90
5 cm ≢ 5 m
5 cm ≢ 6 cm
5 cm ≢ 5 cm^2
5 m ≢ 5 s
5 minutes ≢ 5 hours
5 apples ≢ 5 oranges
5 kg ≢ 5 m
3 feet ≢ 3 inches
60 km/h ≢ 60 m/s
5m ≢ 5
100 cm ≢ 10 m
1.5 hours ≡ 90 minutes
1 hour 30 minutes ≡ 90 minutes
3 \text{ hours and } 30 \text{ minutes} ≡ 3.5 hours
5 feet, 10 inches ≡ 70 inches
3 \text{ dollars } 5 \text{ cents} ≡ \$3.05
1 hour 30 minutes ≢ 130
1 hour 30 minutes ≢ 1 hour 3 minutes
1 hour 30 minutes ≢ 30 minutes
5 feet, 10 inches ≢ 5 feet, 10 pounds
3 cm, 5 m ≡ 5 m, 3 cm
10 mph ≡ 10 miles per hour
9.8 \, \text{m/s}^2 ≡ 9.8 m/s^2
20^\circ C ≡ 20 degrees Celsius
5cm ≡ 5 cm
5 \text{ cubic feet} ≡ 5 ft^3
20^\circ C ≢ 20^\circ F
5 km ≢ 5 miles
10 cm^2 ≢ 10 cm^3
5% ≢ 5 cm

# degrees
30^\circ ≡ 30
30^{\circ} ≡ 30^\circ
30° ≡ 30 degrees
20\text{ degrees} ≡ 20^\circ
30^\circ ≡ \pi/6
90\degree ≡ 90
4^\circ, 20^\circ ≡ 20, 4
\sin 30^\circ ≡ 1/2
30^\circ ≢ 60^\circ
30^\circ ≢ \pi/3
30^\circ ≢ 30 \text{ radians}

# currency
\$5 ≡ 5
$5 ≡ 5 dollars
\$5.00 ≡ $5
\$4,\!000 ≡ 4000
\$ 10 ≡ 10
118 \text{ dollars} ≡ \$118
3.25\text{ dollars} ≡ \$3.25
50 cents ≡ \$0.50
$5 million ≡ 5,000,000
€5 ≡ 5 euros
$5 ≢ 5 euros
$5 ≢ €5
\$5 ≢ \$6
$5 ≢ 5 cents
\$1.50 ≢ \$15.0

# times and ratios
3:00 ≡ 3:00 PM
\text{4:30 p.m.} ≡ 4:30 PM
9\text{ a.m.} ≡ 9:00 AM
1:03 PM ≡ 13:03
3:4 ≡ 3/4
1:2 ≡ 2:4
3 : 4 ≡ 3:4
1 to 2 ≡ 1:2
1:2:3 ≡ 2:4:6
15:00 ≡ 3:00 PM
3:45 ≢ 3:54
3:00 AM ≢ 3:00 PM
4:30 ≢ 4:31
7{:}30 ≡ 7:30
11:00\text{ AM} ≡ 11 am
1:3 ≡ \frac13
1:3 ≢ 3:1
7:30 a.m. ≢ 7:30 p.m.
3:4 ≢ 4:3
1:2:3 ≢ 3:2:1
1:2 ≢ 12

# complex numbers, logarithms, counting
3+4i ≡ 4i+3
\frac{1+3i}{5} ≡ \frac15+\frac35 i
-5 + 3i ≡ 3i-5
i^2 ≡ -1
\sqrt{-4} ≡ 2i
e^{i\pi} ≡ -1
\log_2 8 ≡ 3
\ln e ≡ 1
\log 100 ≡ 2
\ln 4 ≡ 2\ln 2
\sin\frac{\pi}{6} ≡ \frac12
\cos^{-1}\left(\frac{\sqrt{6}}{3}\right) ≡ \arccos\frac{\sqrt6}{3}
5! ≡ 120
\binom{5}{2} ≡ 10
\dbinom{10}{3} ≡ 120
\frac{1}{2004!} ≡ 1/2004!
|-3| ≡ 3
\lfloor 3.7 \rfloor ≡ 3
\lceil 3.2 \rceil ≡ 4
e ≡ e^1
f(2) < f(1) < f(4) ≡ f(4) > f(1) > f(2)
\int_0^1 x\,dx ≡ \frac12
3+4i ≢ 3-4i
3+4i ≢ 4+3i
\ln 2 ≢ \log 2
5! ≢ 5
\binom{5}{2} ≢ \binom{5}{1}
e ≢ 2.718
i ≢ 1
f(2) < f(1) < f(4) ≢ f(1) < f(2) < f(4)
\int_0^1 x\,dx ≢ 1
"""

SPACES = {"{nbsp}": "\u00a0", "{thin}": "\u2009", "{narrow}": "\u202f"}


def pairs() -> list[tuple[str, str, str, bool]]:
    """The table as (kind, first, second, equal)."""
    found, kind = [], ""
    for line in TABLE.strip().splitlines():
        for name, space in SPACES.items():
            line = line.replace(name, space)
        if line.startswith("# "):
            kind = line[2:]
        elif line:
            sign = "≡" if " ≡ " in line else "≢"
            first, second = line.split(f" {sign} ")
            found.append((kind, first, second, sign == "≡"))
    return found

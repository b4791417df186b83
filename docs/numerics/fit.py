"""Finds the coefficients of Pupil's `tanh`, `exp`, `gelu`, `share` and `half_tanh`, and prints them as Rust constants.

    python docs/numerics/fit.py          # needs mpmath, numpy, scipy; about ten seconds

tanh(x) ~ x P(x^2) / Q(x^2), P(0) = Q(0) = 1, minimax in relative error on [0, FIT_RANGE].
For fixed weights 1/Q the best P and Q are a linear programme, and solving it again with the Q just
found settles on the minimax rational within a few rounds. The coefficients are then rounded to f32
one by one, highest powers first, and the rest are solved again after each, which repairs most of
what the rounding costs. The clamp is the first f32 at which numerator and denominator are equal in
f32: below it tanh is less than 1, at and beyond it exactly 1, so that no result needs a clamp; and
sigmoid, (Q + P) / (Q + Q) of half its argument, is exactly 0 and 1 beyond twice that point.

exp(r) ~ 1 + r + r^2 S(r) on [-ln2/2, ln2/2], minimax in relative error, by the same means.

gelu(x) = max(x, 0) - t(|x|), t(a) = a Phi(-a) ~ a ((L - a) R(a))^8, minimax in the absolute error of t on [0, L]: the
eighth power falls as the tail of Phi does, so that a polynomial of degree 5 does, without exponential and division. The
same for share(x), exp(x) on [-L, 0] ~ ((L + x) R(x))^16. The error of a power is made linear around the polynomial just
found, a few times.

half_tanh, tanh(x / 2) in integers of 16 bits: a cubic on each of sixteen intervals, its coefficients those integers
within two of the rounded Chebyshev ones whose largest error is least, all roundings of the evaluation included.
"""

import itertools
import sys

import mpmath
import numpy as np
from scipy.optimize import linprog
from scipy.special import erfc

FIT_RANGE = 8.0
mpmath.mp.dps = 40


def chebyshev(low, high, count):
    """Nodes that crowd at both ends, where the error of a minimax fit has its peaks."""
    k = np.arange(count)
    return low + (high - low) * 0.5 * (1 - np.cos(np.pi * (k + 0.5) / count))


def solve(columns, constant, weight):
    """The a that minimises max |constant + columns @ a| * weight, and that maximum."""
    count = columns.shape[1]
    rows = columns * weight[:, None]
    size = np.abs(rows).max(axis=0)
    rows = rows / size
    right = constant * weight
    # A first solution in plain least squares leaves a small problem, which the solver's absolute
    # tolerance then resolves far below the error that we look for.
    start = np.linalg.lstsq(rows, -right, rcond=None)[0]
    left_over = right + rows @ start
    unit = np.abs(left_over).max()
    upper = np.hstack([rows, -np.ones((len(rows), 1))])
    lower = np.hstack([-rows, -np.ones((len(rows), 1))])
    result = linprog(
        np.r_[np.zeros(count), 1.0],
        A_ub=np.vstack([upper, lower]),
        b_ub=np.r_[-left_over, left_over] / unit,
        bounds=[(None, None)] * (count + 1),
        method="highs-ipm",
    )
    if not result.success:
        sys.exit(f"linear programme: {result.message}")
    return (start + result.x[:count] * unit) / size, result.x[count] * unit


def fit_tanh(degree_p, degree_q, fit_range, nodes=3000):
    """Coefficients of P and Q rounded to f32, lowest power first, and the unrounded minimax error."""
    x = chebyshev(0.0, fit_range, nodes)
    ratio = np.array([float(mpmath.tanh(mpmath.mpf(v)) / mpmath.mpf(v)) for v in x])
    y = x * x
    names = [("p", k) for k in range(1, degree_p + 1)] + [("q", k) for k in range(1, degree_q + 1)]
    fixed, unrounded = {}, None

    def column(name):
        kind, k = name
        return y**k if kind == "p" else -ratio * y**k

    while len(fixed) < len(names):
        free = [n for n in names if n not in fixed]
        constant = 1.0 - ratio + sum((column(n) * v for n, v in fixed.items()), np.zeros_like(y))
        columns = np.stack([column(n) for n in free], axis=1)
        q = np.ones_like(y)
        for _ in range(12):
            found, error = solve(columns, constant, 1.0 / (np.abs(q) * ratio))
            values = fixed | dict(zip(free, found))
            q = 1.0 + sum(values[("q", k)] * y**k for k in range(1, degree_q + 1))
        unrounded = error if unrounded is None else unrounded
        top = max(free, key=lambda n: n[1])
        fixed[top] = float(np.float32(values[top]))
    p = [1.0] + [fixed[("p", k)] for k in range(1, degree_p + 1)]
    q = [1.0] + [fixed[("q", k)] for k in range(1, degree_q + 1)]
    return p, q, unrounded


def horner(y, coefficients):
    """A polynomial by Horner's rule, each product and each sum rounded to f32."""
    value = np.full_like(y, np.float32(coefficients[-1]))
    for c in coefficients[-2::-1]:
        value = value * y + np.float32(c)
    return value


def fraction(x, p, q):
    """Numerator and denominator of the engine's tanh, operation for operation."""
    y = x * x
    return x * horner(y, p), horner(y, q)


def tanh_f32(x, p, q, limit):
    """The engine's tanh."""
    top, bottom = fraction(np.minimum(np.maximum(x, np.float32(-limit)), np.float32(limit)), p, q)
    return top / bottom


def first_one(p, q):
    """The smallest f32 at which the fraction reaches 1, found over every float in [6, 10]."""
    x = np.arange(np.float32(6).view(np.int32), np.float32(10).view(np.int32), dtype=np.int32).view(np.float32)
    top, bottom = fraction(x, p, q)
    at = int(np.argmax(top >= bottom))
    if top[at] != bottom[at] or (top[:at] / bottom[:at]).max() >= 1:
        sys.exit("the approximation steps over 1")
    return x[at]


def fit_exp(degree, nodes=2000):
    """Coefficients of S rounded to f32, lowest power first, and the unrounded minimax error."""
    half = float(mpmath.log(2) / 2) * 1.0005  # the reduction itself rounds
    r = chebyshev(-half, half, nodes)
    want = np.array([float(mpmath.exp(mpmath.mpf(v))) for v in r])
    tail = np.array([float(mpmath.exp(mpmath.mpf(v)) - 1 - mpmath.mpf(v)) for v in r])
    fixed, unrounded = {}, None
    while len(fixed) <= degree:
        free = [k for k in range(degree + 1) if k not in fixed]
        constant = -tail + sum((r ** (k + 2) * v for k, v in fixed.items()), np.zeros_like(r))
        found, error = solve(np.stack([r ** (k + 2) for k in free], axis=1), constant, 1 / want)
        unrounded = error if unrounded is None else unrounded
        # The lowest powers weigh most here, since |r| < 1.
        fixed[free[0]] = float(np.float32(found[0]))
    return [fixed[k] for k in range(degree + 1)], unrounded


def fit_power(x, outer, inner, limit, power, count, lowest_first):
    """R of outer(x) ((limit - |x|) R(x))^power ~ outer(x) inner(x), rounded to f32, and the unrounded minimax error."""
    columns = (limit - np.abs(x))[:, None] * x[:, None] ** np.arange(count)
    root = inner ** (1 / power)
    fixed, unrounded = {}, None
    while len(fixed) < count:
        free = [k for k in range(count) if k not in fixed]
        rest = sum((columns[:, k] * v for k, v in fixed.items()), np.zeros_like(x))
        found, error = solve(columns[:, free], rest - root, outer * power * inner ** ((power - 1) / power) + 1e-9)
        for _ in range(8):
            value = rest + columns[:, free] @ found
            slope = outer * power * np.abs(value) ** (power - 1)
            distance = outer * (value**power - inner) - slope * (columns[:, free] @ found)
            found, error = solve(columns[:, free] * slope[:, None], distance, np.ones_like(x))
        unrounded = error if unrounded is None else unrounded
        at = 0 if lowest_first else len(free) - 1
        fixed[free[at]] = float(np.float32(found[at]))
    return [fixed[k] for k in range(count)], unrounded


def fit_half_tanh(intervals=16, most_off=2):
    """The coefficients, a row for each power, and the largest error in steps of 2^-15."""

    def product(a, b):
        return (a * b + 2**14) >> 15

    # The lower eleven bits of x, of which there are 4096 steps in 1, as a fraction from -1 to 1.
    r = (np.arange(2048) - 1024) << 5
    columns, worst = [], 0.0
    for interval in range(intervals):
        want = np.tanh((interval * 2048 + np.arange(2048)) / 8192) * 2**15
        node = np.cos((np.arange(200) + 0.5) * np.pi / 200)
        at_nodes = np.tanh((interval + (node + 1) / 2) * 2048 / 8192) * 2**15
        near = np.rint(np.polynomial.Polynomial.fit(node, at_nodes, 3, domain=[-1, 1]).coef).astype(int)
        best = None
        for off in itertools.product(range(-most_off, most_off + 1), repeat=4):
            c = near + off
            y = c[0] + product(r, c[1] + product(r, c[2] + product(r, c[3])))
            # 0 for 0, so that the function is odd.
            if y.min() < 0 or y.max() >= 2**15 or (interval == 0 and y[0] != 0):
                continue
            error = np.abs(y - want).max()
            best = min(best or (error, c), (error, c), key=lambda pair: pair[0])
        columns.append(best[1])
        worst = max(worst, best[0])
    return np.array(columns).T, worst


def rust(name, values):
    """One constant, each value in the shortest decimals that round to the same f32."""
    body = ", ".join(np.format_float_scientific(np.float32(v), unique=True, trim="-") for v in values)
    print(f"const {name}: [f32; {len(values)}] = [{body}];")


def main():
    p, q, error = fit_tanh(3, 4, FIT_RANGE)
    limit = first_one(p, q)
    print(f"tanh on [0, {FIT_RANGE}]: minimax relative error {error:.3g}")
    rust("TANH_P", p)
    rust("TANH_Q", q)
    print(f"const TANH_LIMIT: f32 = {limit};")
    x = np.linspace(0, 10, 20_000_001, dtype=np.float32)[1:]
    want = np.tanh(x.astype(np.float64))
    difference = np.abs(tanh_f32(x, p, q, limit) - want)
    print(f"in f32: absolute error {difference.max():.4g}, relative error {(difference / want).max():.4g}")

    s, error = fit_exp(4)
    print(f"exp: minimax relative error {error:.3g}")
    rust("EXP_S", s)
    # ln 2 in two parts: the first has 9 trailing zero bits, so that n * high is exact for |n| <= 256.
    high = np.frombuffer((np.float32(mpmath.log(2)).view(np.int32) & ~0x1FF).tobytes(), np.float32)[0]
    low = np.float32(mpmath.log(2) - mpmath.mpf(float(high)))
    print(f"const LN2_HIGH: f32 = {high};\nconst LN2_LOW: f32 = {low};")

    a = chebyshev(0.0, 6.125, 3000)
    r, error = fit_power(a, a, erfc(a / np.sqrt(2)) / 2, 6.125, 8, 5, lowest_first=False)
    print(f"gelu: minimax absolute error {error:.3g}")
    rust("GELU_R", r)

    x = chebyshev(-23.0, 0.0, 3000)
    r, error = fit_power(x, np.ones_like(x), np.exp(x), 23.0, 16, 5, lowest_first=True)
    print(f"share: minimax absolute error {error:.3g}")
    rust("SHARE_R", r)

    coefficients, error = fit_half_tanh()
    print(f"half_tanh: largest error {error:.4g} steps of 2^-15")
    print("const CUBIC: [[i16; 16]; 4] = [")
    for power in coefficients:
        print(f"    [{', '.join(str(c) for c in power)}],")
    print("];")


if __name__ == "__main__":
    main()

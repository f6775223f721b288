/**
 * Logarithm, exponential, sine and the normal distribution from + - x / and square root alone. IEEE 754 makes those exact to the bit on every
 * machine and engine, while ECMAScript leaves Math.log and Math.exp to the implementation; so a delay drawn here is the same
 * everywhere. Accuracy is a few units in the last place, far below a microsecond of any delay.
 */

const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
const SQRT2 = Math.SQRT2;

/** Natural logarithm; as everywhere, -Infinity at 0 and NaN below. */
export function ln(x: number): number {
  if (!(x > 0)) return x === 0 ? Number.NEGATIVE_INFINITY : Number.NaN;
  if (x === Number.POSITIVE_INFINITY) return x;
  let exponent = 0;
  let mantissa = x;
  while (mantissa >= 2 ** 16) {
    mantissa /= 2 ** 16;
    exponent += 16;
  }
  while (mantissa < 2 ** -16) {
    mantissa *= 2 ** 16;
    exponent -= 16;
  }
  while (mantissa > SQRT2) {
    mantissa /= 2;
    exponent += 1;
  }
  while (mantissa < SQRT2 / 2) {
    mantissa *= 2;
    exponent -= 1;
  }
  // ln m = 2 artanh(s), s = (m - 1) / (m + 1), |s| < 0.172: eleven terms reach the last place.
  const s = (mantissa - 1) / (mantissa + 1);
  const s2 = s * s;
  let sum = 0;
  for (let k = 23; k >= 3; k -= 2) sum = (sum + 1 / k) * s2;
  return exponent * LN2_HIGH + (2 * s + (2 * s * sum + exponent * LN2_LOW));
}

/** e to the power x; Infinity above 709 and 0 below -708, where a double of full precision ends. */
export function exp(x: number): number {
  if (x > 709) return Number.POSITIVE_INFINITY;
  if (x < -708) return 0;
  const power = Math.round(x / (LN2_HIGH + LN2_LOW));
  const rest = x - power * LN2_HIGH - power * LN2_LOW;
  let sum = 1;
  for (let k = 17; k >= 1; k--) sum = 1 + (sum * rest) / k;
  return scaleByPowerOfTwo(sum, power);
}

/** x to the power y, for x >= 0. */
export function pow(x: number, y: number): number {
  if (x === 0) return y === 0 ? 1 : 0;
  return exp(y * ln(x));
}

/** Sine of a whole circle's share: sin(2 pi x). Periodic with 1. */
export function sineOfTurns(x: number): number {
  const turn = x - Math.floor(x);
  const half = turn >= 0.5 ? turn - 0.5 : turn;
  const angle = 2 * Math.PI * (half > 0.25 ? 0.5 - half : half);
  const square = angle * angle;
  let sum = 1;
  for (let k = 21; k >= 3; k -= 2) sum = 1 - (sum * square) / (k * (k - 1));
  return turn >= 0.5 ? -angle * sum : angle * sum;
}

function scaleByPowerOfTwo(value: number, power: number): number {
  let scaled = value;
  let left = power;
  for (; left >= 16; left -= 16) scaled *= 2 ** 16;
  for (; left <= -16; left += 16) scaled /= 2 ** 16;
  for (; left > 0; left--) scaled *= 2;
  for (; left < 0; left++) scaled /= 2;
  return scaled;
}

const CENTRE = [
  [
    3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987, 67265.7709270087,
    33430.57558358813, 2509.0809287301227,
  ],
  [
    1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271,
    28729.085735721943, 5226.495278852854,
  ],
] as const;
const SHOULDER = [
  [
    1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684,
    0.2417807251774506, 0.022723844989269184, 0.0007745450142783414,
  ],
  [
    1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
    0.0005475938084995345, 1.0507500716444169e-9,
  ],
] as const;
const TAIL = [
  [
    6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124,
    0.0012426609473880784, 2.7115555687434876e-5, 2.0103343992922881e-7,
  ],
  [
    1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133, 1.8463183175100548e-5,
    1.421511758316446e-7, 2.0442631033899397e-15,
  ],
] as const;

/** Quantile of the standard normal distribution for u in (0, 1): Wichura's algorithm AS 241, relative error near 1e-16. */
export function normalQuantile(u: number): number {
  const q = u - 0.5;
  if (Math.abs(q) <= 0.425) return q * ratio(CENTRE, 0.180625 - q * q);
  const r = Math.sqrt(-ln(q < 0 ? u : 1 - u));
  const z = r <= 5 ? ratio(SHOULDER, r - 1.6) : ratio(TAIL, r - 5);
  return q < 0 ? -z : z;
}

function ratio([numerator, denominator]: readonly [readonly number[], readonly number[]], x: number): number {
  return polynomial(numerator, x) / polynomial(denominator, x);
}

function polynomial(coefficients: readonly number[], x: number): number {
  let sum = 0;
  for (let i = coefficients.length - 1; i >= 0; i--) sum = sum * x + (coefficients[i] as number);
  return sum;
}

const CDF_CENTRE = [
  [18154.98125334356, 1067.689485460371, 161.02823106855587, 2.2352520354606837, 0.06568233791820745],
  [45507.78933502673, 10260.932208618979, 976.0985517377667, 47.202581904688245, 1],
] as const;
const CDF_SHOULDER = [
  [
    9842.714838383978, 11602.65143764735, 6848.190450536283, 2494.5375852903726, 597.2702763948002, 93.50665613217787,
    8.883149794388377, 0.39894151208813466, 1.0765576773720192e-8,
  ],
  [
    19685.429676859992, 38912.00328609327, 34900.95272114598, 18615.571640885097, 6485.558298266761, 1519.3775994075547,
    235.387901782625, 22.266688044328117, 1,
  ],
] as const;
const CDF_TAIL = [
  [
    2.9112874951168793e-5, 0.0014216191932278934, 0.022235277870649807, 0.12740116116024736, 0.215898534057957,
    0.023073441764940174,
  ],
  [7.297515550839662e-5, 0.0037823963320275824, 0.06598813786892856, 0.4682382124808651, 1.2842600961449111, 1],
] as const;
const SQRT_1_2PI = 0.3989422804014327;
const CDF_SHOULDER_END = Math.sqrt(32);

/** Distribution function of the standard normal: W. J. Cody's rational approximations (1969), relative error near 1e-15. */
export function normalCdf(z: number): number {
  const size = Math.abs(z);
  if (size <= 0.67448975) return 0.5 + z * ratio(CDF_CENTRE, size > 1e-16 ? z * z : 0);
  // e^(-z^2/2) in two factors, so that no digits of z^2 are lost.
  const coarse = Math.floor(size * 16) / 16;
  const density = exp((-coarse * coarse) / 2) * exp((-(size - coarse) * (size + coarse)) / 2);
  let tail: number;
  if (size <= CDF_SHOULDER_END) tail = density * ratio(CDF_SHOULDER, size);
  else if (size > 38) tail = 0;
  else {
    const inverse = 1 / (size * size);
    tail = (density * (SQRT_1_2PI - inverse * ratio(CDF_TAIL, inverse))) / size;
  }
  return z < 0 ? tail : 1 - tail;
}

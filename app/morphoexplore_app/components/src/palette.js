// Colours: of groups, that stay apart; of scales, that colour-blind people can read; as numbers that a canvas takes. Pure.

export const NONE = 65535; // code of an object that is in no group, or has no value
export const TOP = 65534; // code of the upper end of a scale

// A pixel's upper byte is its layer: a point is drawn over what is not above it. The canvas is opaque, so that nobody
// sees that 252 is not 255.
export const LAYERS = { ground: 252, below: 253, usual: 254, above: 255 };
export const pixel = ([r, g, b], layer) => ((layer << 24) | (b << 16) | (g << 8) | r) >>> 0;
export const layerOf = (value) => value >>> 24;

const CHOSEN_APART = 64; // colours that are chosen to differ; further ones go around the circle
const GOLDEN = 137.50776405; // degrees
// Lightness and chroma that stand out from a white, and from a dark ground.
const TONES = {
  light: [[0.42, 0.13], [0.52, 0.16], [0.62, 0.17], [0.7, 0.13]],
  dark: [[0.58, 0.15], [0.68, 0.16], [0.77, 0.14], [0.86, 0.1]],
};
const GREYS = { light: [196, 199, 204], dark: [92, 95, 101] }; // of what is in no group

/** Return the red, green and blue of a colour given by lightness, chroma and hue (OKLCH); null outside of the screen's. */
export function rgbOf(lightness, chroma, hue) {
  const angle = (hue * Math.PI) / 180;
  const [a, b] = [chroma * Math.cos(angle), chroma * Math.sin(angle)];
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const linear = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
  if (linear.some((value) => value < -0.001 || value > 1.001)) return null;
  return linear.map((value) => {
    const part = Math.min(Math.max(value, 0), 1);
    return Math.round(255 * (part <= 0.0031308 ? 12.92 * part : 1.055 * part ** (1 / 2.4) - 0.055));
  });
}

/** Return a colour as lightness and two opponent axes (OKLab), in which distances are what people see. */
export function labOf(rgb) {
  const [r, g, b] = rgb.map((value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s,
  ];
}

export const distance = (some, other) => Math.hypot(...labOf(some).map((value, axis) => value - labOf(other)[axis]));

/** Return a colour with as much chroma as the screen has, up to what is asked. */
function reachable(lightness, chroma, hue) {
  for (let c = chroma; c > 0; c -= 0.01) {
    const rgb = rgbOf(lightness, c, hue);
    if (rgb) return rgb;
  }
  return rgbOf(lightness, 0, hue);
}

/** Choose colours one after the other, each as far as can be from all before, from the ground and from grey. */
function chosenApart(theme) {
  const candidates = TONES[theme].flatMap(([lightness, chroma]) =>
    Array.from({ length: 36 }, (_, step) => reachable(lightness, chroma, step * 10 + 5)),
  );
  const labs = candidates.map(labOf);
  const ground = labOf(theme === 'dark' ? [36, 36, 36] : [255, 255, 255]);
  const far = (lab, other) => Math.hypot(lab[0] - other[0], lab[1] - other[1], lab[2] - other[2]);
  const least = labs.map((lab) => Math.min(far(lab, labOf(GREYS[theme])), far(lab, ground)));
  const found = [];
  while (found.length < CHOSEN_APART) {
    const best = least.indexOf(Math.max(...least));
    found.push(candidates[best]);
    labs.forEach((lab, i) => (least[i] = Math.min(least[i], far(lab, labs[best]))));
  }
  return found;
}

const apart = {};

/** Return the colour of a group: 1, 2, 3 ... differ most; 0 is for what is left over. */
export function groupColour(hue, theme) {
  if (hue === 0) return theme === 'dark' ? [150, 143, 130] : [140, 132, 118];
  apart[theme] ||= chosenApart(theme);
  if (hue <= CHOSEN_APART) return apart[theme][hue - 1];
  const [lightness, chroma] = TONES[theme][hue % TONES[theme].length];
  return reachable(lightness, chroma, (hue * GOLDEN) % 360);
}

// Nine colours of viridis (Smith and van der Walt, CC0): even in lightness, and readable without red or green.
const VIRIDIS = [
  [68, 1, 84], [71, 45, 123], [59, 82, 139], [44, 114, 142], [33, 145, 140], [40, 174, 128], [94, 201, 98], [173, 220, 48], [253, 231, 37],
];

/** Return the colour of a share of a scale; the end that the ground would swallow is left out. */
export function scaleColour(share, theme) {
  const [from, to] = theme === 'dark' ? [0.16, 1] : [0, 0.93];
  const place = (from + Math.min(Math.max(share, 0), 1) * (to - from)) * (VIRIDIS.length - 1);
  const low = Math.min(Math.floor(place), VIRIDIS.length - 2);
  return VIRIDIS[low].map((value, axis) => Math.round(value + (place - low) * (VIRIDIS[low + 1][axis] - value)));
}

export const noneColour = (theme) => GREYS[theme];
export const css = (rgb) => `rgb(${rgb.join(' ')})`;
export const mixed = (rgb, ground, share) => rgb.map((value, axis) => Math.round(value * share + ground[axis] * (1 - share)));

/** Return the colour of every code of a legend: a function of the code. */
export function colouring(legend, theme) {
  if (legend && legend.groups) {
    const known = new Map(legend.groups.map((group) => [group.code, groupColour(group.hue, theme)]));
    return (code) => known.get(code) || noneColour(theme);
  }
  if (legend && legend.scale) return (code) => (code === NONE ? noneColour(theme) : scaleColour(code / TOP, theme));
  return () => noneColour(theme);
}

/**
 * Return what to paint for every code: [pixels, pixels of chosen points]; 0 is not painted at all.
 * options: theme, ground (rgb), hidden (a Set of codes), lit (a code or null), isChoosing (some points are chosen).
 */
export function tables(legend, { theme, ground, hidden = new Set(), lit = null, isChoosing = false }) {
  const usual = new Uint32Array(65536);
  const chosen = new Uint32Array(65536);
  const colour = colouring(legend, theme);
  const codes = legend && legend.groups ? [...legend.groups.map((group) => group.code), NONE] : Array.from({ length: 65536 }, (_, code) => code);
  for (const code of codes) {
    if (hidden.has(code)) continue;
    const rgb = colour(code);
    const isFaint = (lit !== null && lit !== code) || isChoosing;
    const layer = code === NONE || isFaint ? LAYERS.below : LAYERS.usual;
    usual[code] = pixel(isFaint ? mixed(rgb, ground, lit === null ? 0.28 : 0.16) : rgb, lit === code ? LAYERS.above : layer);
    const strong = code === NONE ? mixed(rgb, theme === 'dark' ? [255, 255, 255] : [0, 0, 0], 0.45) : rgb;
    chosen[code] = pixel(lit !== null && lit !== code ? mixed(rgb, ground, 0.4) : strong, LAYERS.above);
  }
  return [usual, chosen];
}

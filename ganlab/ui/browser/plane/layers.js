// What lies over each other on the picture of the plane. Each layer draws itself, and says what its marks mean.

import { asNumber, whole } from "../base/numbers.js";
import { faded } from "../base/theme.js";
import { BLUR } from "./answer.js";
import { levelsBetween } from "./field.js";

const [BLUE, ORANGE] = [
  [47, 129, 201],
  [213, 94, 0],
]; // the palette's first two, told apart with any kind of colour vision
const REAL = "#009e73";
const MOST_PULL = 0.12; // of the width of the picture: the longest arrow
const SHOWN_PULLS = 160;

/** (value − middle) as a colour between blue, the ground and orange. */
function tint(share, ground) {
  const [to, weight] = share < 0 ? [BLUE, -share] : [ORANGE, share];
  const strength = 0.75 * Math.min(1, weight);
  return to.map((part, n) => part * strength + ground[n] * (1 - strength));
}

/** Colours of a field; nothing where it is no number. */
function paint(context, field, middle, to, { ground }) {
  const [low, high] = field.range();
  const reach = Math.max(high - middle, middle - low) || 1;
  const image = new ImageData(field.size, field.size);
  for (let row = 0; row < field.size; row++) {
    for (let column = 0; column < field.size; column++) {
      const value = field.at(column, row);
      const at = 4 * ((field.size - 1 - row) * field.size + column);
      if (!Number.isNaN(value)) image.data.set([...tint((value - middle) / reach, ground), 255], at);
    }
  }
  const small = new OffscreenCanvas(field.size, field.size);
  small.getContext("2d").putImageData(image, 0, 0);
  const [left, bottom] = to(field.left, field.bottom);
  const [right, top] = to(field.right, field.top);
  context.imageSmoothingEnabled = true;
  context.drawImage(small, left, top, right - left, bottom - top);
}

/** The line where a field has a value. */
function trace(context, field, level, to, { text }, { width = 1, opacity = 0.75, dash = [] } = {}) {
  context.strokeStyle = faded(text, opacity);
  context.lineWidth = width;
  context.setLineDash(dash);
  context.beginPath();
  for (const [from, until] of field.contour(level)) {
    context.moveTo(...to(...from));
    context.lineTo(...to(...until));
  }
  context.stroke();
  context.setLineDash([]);
}

/** Meshes of the warped grid, the stronger the more points they hold for their size. even: z is uniform, else normal. */
function fillMeshes(context, latents, side, even, to, { text }) {
  const densities = [];
  const meshes = [];
  for (let row = 0; row < side - 1; row++) {
    for (let column = 0; column < side - 1; column++) {
      const first = row * side + column;
      const corners = [first, first + 1, first + side + 1, first + side].map((place) => latents[place]);
      const [u, v] = [row, column].map((place) => (4 * (place + 0.5)) / (side - 1) - 2);
      densities.push((even ? 1 : Math.exp(-(u * u + v * v) / 2)) / Math.max(areaOf(corners), 1e-9));
      meshes.push(corners);
    }
  }
  const most = densities.toSorted((one, other) => one - other)[Math.floor(0.9 * densities.length)] || 1;
  meshes.forEach((corners, n) => {
    context.fillStyle = faded(text, 0.4 * Math.min(1, densities[n] / most));
    context.beginPath();
    corners.forEach((corner, place) => context[place ? "lineTo" : "moveTo"](...to(...corner)));
    context.fill();
  });
}

function areaOf(corners) {
  const next = (n) => corners[(n + 1) % corners.length];
  return Math.abs(corners.reduce((sum, [x, y], n) => sum + x * next(n)[1] - next(n)[0] * y, 0)) / 2;
}

const DASHED = { width: 2, dash: [7, 5] };
const blurOf = (look) => asNumber(BLUR * look.field.step, 2);
const rangeOf = (field) => field.range().map((value) => asNumber(value, 3));

/**
 * title: for its switch; ground: covers the plane, so that one of these is drawn at a time; probable: only where D
 * gives a probability; draw(canvas context, look, to, theme); legend(look). `to(x, y)` → pixels.
 */
export const LAYERS = {
  d: {
    title: "D",
    ground: true,
    draw: (context, { field, middle }, to, theme) => paint(context, field, middle, to, theme),
    legend({ field, middle, words }) {
      const [low, high] = rangeOf(field);
      return `${words[0].toUpperCase()}${words.slice(1)}: blue from ${low}, orange to ${high}, plain at ${asNumber(middle, 3)}`;
    },
  },
  best: {
    title: "D*",
    ground: true,
    draw(context, { best }, to, theme) {
      paint(context, best, 0.5, to, theme);
      trace(context, best, 0.5, to, theme, DASHED);
    },
    legend: (look) =>
      `D* = p / (p + q), the best answer to these points, each blurred by ${blurOf(look)}: blue 0, orange 1, dashed line 0.5; nothing far from all points`,
  },
  gap: {
    title: "D − D*",
    ground: true,
    probable: true,
    draw(context, { gap }, to, theme) {
      paint(context, gap, 0, to, theme);
      trace(context, gap, 0, to, theme, DASHED);
    },
    legend({ gap }) {
      const [low, high] = rangeOf(gap);
      return `D − D*: blue where D rates too low, to ${low}; orange where too high, to ${high}; dashed line 0`;
    },
  },
  slopes: {
    title: "|∇D|",
    ground: true,
    draw(context, { slopes }, to, theme) {
      paint(context, slopes, 1, to, theme);
      trace(context, slopes, 1, to, theme, DASHED);
    },
    legend({ slopes }) {
      const [low, high] = rangeOf(slopes);
      return `How steep D's score is: blue from ${low}, orange to ${high}; dashed line 1, where a gradient penalty wants it`;
    },
  },
  contours: {
    title: "lines of D",
    draw(context, { field, middle }, to, theme) {
      for (const level of levelsBetween(...field.range())) trace(context, field, level, to, theme, { opacity: 0.3 });
      trace(context, field, middle, to, theme, { width: 2.2 });
    },
    legend({ field, middle }) {
      const [first, second] = levelsBetween(...field.range());
      const apart = second === undefined ? "" : `, thin lines ${asNumber(second - first, 3)} apart`;
      return `Thick line: ${asNumber(middle, 3)}${apart}`;
    },
  },
  latents: {
    title: "warped latents",
    draw(context, look, to, theme) {
      const latents = look.onTheWay;
      const side = Math.round(Math.sqrt(latents.length));
      const square = side * side === latents.length;
      if (square) fillMeshes(context, latents, side, look.even, to, theme);
      context.strokeStyle = faded(theme.text, 0.3);
      context.lineWidth = 1;
      context.beginPath();
      const line = (points) => points.forEach((point, n) => context[n ? "lineTo" : "moveTo"](...to(...point)));
      if (!square) line(latents);
      else
        for (let n = 0; n < side; n++) {
          line(latents.slice(n * side, (n + 1) * side));
          line(latents.filter((_, place) => place % side === n));
        }
      context.stroke();
    },
    legend: () =>
      "What G makes of a grid of z: strong, narrow meshes where it puts many points, faint, wide ones where few; move the pointer over the picture to see the way from z",
  },
  real: {
    title: "real",
    draw(context, { real }, to) {
      context.fillStyle = faded(REAL, 0.8);
      for (const point of real) {
        const [x, y] = to(...point);
        context.fillRect(x - 1.6, y - 1.6, 3.2, 3.2);
      }
    },
    legend: ({ real }) => `${whole.format(real.length)} real points: green squares`,
  },
  trails: {
    title: "trails",
    draw(context, { trails }, to, theme) {
      context.strokeStyle = faded(theme.text, 0.35);
      context.lineWidth = 1;
      context.beginPath();
      for (const trail of trails) trail.forEach((point, n) => context[n ? "lineTo" : "moveTo"](...to(...point)));
      context.stroke();
    },
    legend: ({ trails }) => `The way of ${trails.length} generated points over the last looks`,
  },
  moves: {
    title: "moves",
    draw(context, { fake, real, moves }, to, theme) {
      context.strokeStyle = faded(theme.text, 0.4);
      context.lineWidth = 1;
      context.beginPath();
      moves.to.forEach((place, n) => {
        context.moveTo(...to(...fake[n]));
        context.lineTo(...to(...real[place]));
      });
      context.stroke();
    },
    legend: ({ moves }) =>
      `Lines: the earth mover's best plan, each generated point to a real one, ${asNumber(moves.distance, 3)} on average`,
  },
  fake: {
    title: "generated",
    draw(context, { fake }, to, theme) {
      context.lineWidth = 1;
      for (const point of fake) {
        const [x, y] = to(...point);
        context.beginPath();
        context.arc(x, y, 2.6, 0, 2 * Math.PI);
        context.fillStyle = "#d55e00";
        context.fill();
        context.strokeStyle = theme.paper;
        context.stroke();
      }
    },
    legend: ({ fake }) => `${whole.format(fake.length)} generated points: orange circles`,
  },
  pull: {
    title: "pull on G",
    draw(context, { fake, pull, longest, field }, to, theme) {
      const scale = longest ? (MOST_PULL * (field.right - field.left)) / longest : 0;
      context.strokeStyle = faded(theme.text, 0.85);
      context.lineWidth = 1.2;
      context.beginPath();
      const every = Math.max(1, Math.ceil(fake.length / SHOWN_PULLS));
      for (let n = 0; n < fake.length; n += every) {
        const [x, y] = fake[n];
        const [dx, dy] = pull[n].map((part) => part * scale);
        const [x0, y0] = to(x, y);
        const [x1, y1] = to(x + dx, y + dy);
        const length = Math.hypot(x1 - x0, y1 - y0);
        if (length < 1.5) continue;
        context.moveTo(x0, y0);
        context.lineTo(x1, y1);
        const turn = Math.atan2(y1 - y0, x1 - x0);
        for (const side of [2.6, -2.6]) {
          context.moveTo(x1, y1);
          context.lineTo(x1 + 4 * Math.cos(turn + side), y1 + 4 * Math.sin(turn + side));
        }
      }
      context.stroke();
    },
    legend: ({ longest }) => `Arrows: where the loss pulls G's points; the longest slope is ${asNumber(longest, 3)}`,
  },
};

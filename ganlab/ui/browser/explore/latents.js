// Latents in the page, as ganlab.gan.latent has them: the plane of seeds, the prior's Gaussian coordinates, moves.

import { keptPlace } from "./place.js";

/** Latents and shares that a route answered with. */
export async function latentsOf(answer, space) {
  const count = Number(answer.headers.get("X-Ganlab-Count"));
  const numbers = new Float32Array(await answer.arrayBuffer());
  const z = numbers.subarray(0, count * space.z_dim);
  return { z, shares: space.class_count ? numbers.subarray(count * space.z_dim) : null, count };
}

/** What a route says of directions, and where each stands among the moves: kept ones at their name, others at their number. */
export function asDirections(kind, found) {
  const places = kind === "kept" ? found.names.map(keptPlace) : [...found.names.keys()];
  return {
    ...found,
    places,
    moves: Object.fromEntries(found.moves.map((move, n) => [places[n], Float32Array.from(move)])),
  };
}

/** Adds the sliders' moves to a latent. directions: kind → { moves }; amounts: kind → place → standard deviations. */
export function addMoves(latent, amounts, directions) {
  for (const [kind, moved] of Object.entries(amounts))
    for (const [place, amount] of Object.entries(moved)) {
      const move = directions[kind]?.moves[place];
      if (move) for (let i = 0; i < latent.length; i++) latent[i] += amount * move[i];
    }
  return latent;
}

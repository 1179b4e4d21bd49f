// Two ways to draw the same latents, with one signature: the server's route, or the generator in this page.

import { PageGenerator } from "../../../export/browser/page_generator.js";
import { NO_ANSWER, request } from "../base/app.js";
import { asBody, fromAnswer } from "../base/binary.js";
import { NewestWins } from "../base/newest.js";
import { session } from "../base/session.js";
import { Quickest } from "./quickest.js";

const FRAMES_MEASURED = 20;
const LARGEST_PROGRAM = 64e6; // bytes; a larger generator stays on the server
const MOST_HANDS = 4; // workers that share a grid
const MOST_SENT = 256; // latents in one request

/** Asks the routes of the generator that the view shows. */
export class Gate {
  constructor(view) {
    this.view = view;
  }

  url(path, query = {}) {
    const { view } = this;
    const all = new URLSearchParams({ snapshot: view.snapshot, weights: view.place.weights, ...query });
    return `ganlab/explore/${encodeURIComponent(view.source)}/${path}?${all}`;
  }

  /** A POST where there is a body. Throws what `request` throws. */
  ask(path, query = {}, body = undefined, signal = this.view.stop.signal) {
    return request(this.url(path, query), {
      method: body === undefined ? "GET" : "POST",
      body,
      signal,
      cache: "no-store",
    });
  }

  async json(path, query, body, signal) {
    return (await this.ask(path, query, body, signal)).json();
  }
}

/** Draws on the server. */
class ServerDrawer {
  constructor(gate) {
    this.gate = gate;
  }

  /** Pictures of the latents that lie one after the other in z (points of the plane come as one), and their step. */
  async draw(z, shares, query = {}) {
    const { z_dim: zDim, class_count: classes } = this.gate.view.space;
    const images = [];
    let step = null;
    for (let first = 0; first < z.length / zDim; first += MOST_SENT) {
      const last = first + MOST_SENT;
      const part = asBody(z.subarray(first * zDim, last * zDim), shares?.subarray(first * classes, last * classes));
      const answer = await this.gate.ask("draw", query, part);
      step = Number(answer.headers.get("X-Ganlab-Step"));
      images.push(...(await fromAnswer(answer)));
    }
    return { images, step };
  }
}

/** Draws in this page. */
class PageDrawer {
  /** The generator that the view shows now. Throws Error with a sentence. */
  static async load(gate) {
    const drawer = new PageDrawer();
    drawer.wanted = gate.view.drawers.wanted;
    const answer = await gate.ask("program");
    drawer.step = Number(answer.headers.get("X-Ganlab-Step"));
    const bytes = await answer.arrayBuffer();
    const hands = Math.max(1, Math.min(MOST_HANDS, navigator.hardwareConcurrency ?? 1) - 1);
    // A worker of its own for the large picture, so that no grid delays it.
    drawer.one = await PageGenerator.open(bytes.slice(0), { hands: 1 });
    drawer.many = await PageGenerator.open(bytes, { hands });
    return drawer;
  }

  async draw(z, shares) {
    const { class_count: classes, z_dim: zDim } = this.one.program;
    const rows =
      shares &&
      Array.from({ length: shares.length / classes }, (_, n) => [...shares.subarray(n * classes, (n + 1) * classes)]);
    const generator = z.length === zDim ? this.one : this.many;
    return { images: await generator.drawMany(z, rows ?? [0]), step: this.step };
  }

  close() {
    this.one.close();
    this.many.close();
  }
}

/**
 * Chooses between the two by what was measured. wish: "quickest", "page" or "server". Until the page's own generator is
 * here, and where it is not possible, the server draws.
 */
export class Drawers {
  constructor(view) {
    this.view = view;
    this.server = new ServerDrawer(view.gate);
    this.page = null;
    this.wish = session.get("drawer", "quickest");
    this.reason = "";
    this.quickest = new Quickest({ server: ({ z, shares }) => this.server.draw(z, shares) });
    this.loading = new NewestWins((wanted) => this.load(wanted));
  }

  /** What the page's generator must be of to be used. */
  get wanted() {
    return `${this.view.source} ${this.view.snapshot} ${this.view.place.weights}`;
  }

  get ready() {
    return this.page?.wanted === this.wanted && "page" in this.quickest.ways;
  }

  /** Which one is at work: "page" or "server". */
  get at() {
    if (!this.ready || this.wish === "server") return "server";
    if (this.wish === "page") return "page";
    const [page, server] = ["page", "server"].map((name) => this.quickest.time(name) ?? Infinity);
    return page <= server ? "page" : "server";
  }

  /** Pictures, their step, who drew them and in how many ms. one: a single picture, whose time counts for the choice. */
  async draw(z, shares, { one = false } = {}) {
    if (one && this.ready && this.wish === "quickest") {
      const { name, result, ms } = await this.quickest.do({ z, shares });
      return { ...result, at: name, ms };
    }
    const { at } = this;
    const begun = performance.now();
    const drawn = await this[at].draw(z, shares);
    return { ...drawn, at, ms: performance.now() - begun };
  }

  choose(wish) {
    this.wish = wish;
    session.set("drawer", wish);
    this.prepare();
  }

  /** Fetch the page's generator, if it may be used, and measure both. Weights in training change too soon for it. */
  prepare() {
    const { space, place } = this.view;
    this.reason = "";
    if (place.snapshot === "live") this.reason = "weights in training change too soon";
    else if (space.shape.length !== 3) this.reason = "it does not draw points of the plane here";
    else if (space.program_bytes === null) this.reason = "it does not know a layer of this network";
    else if (space.program_bytes > LARGEST_PROGRAM) this.reason = "the network is too large for it";
    else if (this.wish !== "server" && !this.ready) this.loading.ask(this.wanted);
  }

  async load(wanted) {
    if (wanted !== this.wanted || this.view.gone) return;
    try {
      const drawer = await PageDrawer.load(this.view.gate);
      if (this.view.gone) return drawer.close();
      this.quickest.remove("page");
      this.page?.close();
      this.page = drawer;
      this.quickest.add("page", ({ z, shares }) => drawer.draw(z, shares));
      const { z, shares } = this.view.latents(1);
      for (let frame = 0; frame < FRAMES_MEASURED && this.ready && !this.view.gone; frame++)
        await this.quickest.do({ z, shares });
    } catch (error) {
      this.reason = error instanceof TypeError ? NO_ANSWER : error.message;
    }
    if (!this.view.gone) this.view.drawersChanged();
  }

  destroy() {
    this.page?.close();
  }
}
export const POINTS_AT_ONCE = 256; // of the plane, in one picture

// Walks through key frames.

const MOST_KEYS = 64;

class WalkTool {
  constructor(view) {
    this.view = view;
    this.root = el("div", {}, "…");
  }

  keep() {}
}
TOOLS.push({ title: "Walk", Tool: WalkTool });

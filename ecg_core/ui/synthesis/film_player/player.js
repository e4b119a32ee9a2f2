/**
 * The film of a GAN's training: what it makes of the same noise, step by step, over recorded ones. It plays here, without
 * asking the server. Beats are drawn; images come as pictures.
 *
 * @typedef {{
 *   steps: { label: string, beats?: number[][][], image?: string }[],
 *   recorded: { beats?: number[][][], image?: string } | null,
 *   made: string, beside: string, units: number, low: number[], high: number[], duration_s: number,
 * }} Film beats: beat, lead, point; `units` of them are 1 mV
 */

const STEP_MS = 800;
const MORPH_MS = 350;
const LANE_LEAST_PX = 44;
const PX_PER_MV = 34;
const GAP = 0.14; // between two beats, of the length of one
const PULSE_S = 0.2;

/** Between two frames of the same beats. @param {number[][][]} a @param {number[][][]} b @param {number} share */
export function between(a, b, share) {
  if (share >= 1) return b;
  return b.map((beat, i) =>
    beat.map((lead, k) => lead.map((value, j) => (a[i]?.[k]?.[j] ?? value) * (1 - share) + value * share)),
  );
}

/** The step to show when a film has grown: one who looks at its end goes on with it. */
export function stepAfter(step, before, now) {
  return before === 0 || step === before - 1 ? now - 1 : Math.min(step, now - 1);
}

class Player {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    const one = (selector) => /** @type {any} */ (root.querySelector(selector));
    this.play = one(".play");
    this.slider = one("input");
    this.label = one(".label");
    this.made = one("figcaption.made");
    this.beside = one(".beside");
    this.besideTitle = one("figcaption.recorded");
    const [stage, recordedStage] = root.querySelectorAll(".stage");
    this.stage = stage;
    this.recordedStage = recordedStage;
    this.step = 0;
    this.count = 0;
    this.timer = 0;
    this.frame = 0;
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    this.play.addEventListener("click", () => (this.timer ? this.pause() : this.start()));
    this.slider.addEventListener("input", () => {
      const step = Number(this.slider.value); // `pause` puts the slider where the film is
      this.pause();
      this.show(step, false);
    });
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(root);
  }

  /** @param {Film} film */
  take(film) {
    const text = JSON.stringify(film);
    if (text !== this.text) {
      this.text = text;
      this.film = film;
      this.step = stepAfter(this.step, this.count, film.steps.length);
      this.count = film.steps.length;
      this.slider.max = String(this.count - 1);
      this.made.textContent = film.made;
      this.besideTitle.textContent = film.beside;
      this.beside.hidden = !film.recorded;
    }
    this.say();
    this.draw();
  }

  start() {
    if (this.step === this.count - 1) this.show(0, false);
    this.timer = setInterval(() => {
      if (this.step < this.count - 1) this.show(this.step + 1, true);
      else this.pause();
    }, STEP_MS);
    this.say();
  }

  pause() {
    clearInterval(this.timer);
    this.timer = 0;
    this.say();
  }

  /** @param {number} step @param {boolean} smoothly */
  show(step, smoothly) {
    const from = this.film.steps[this.step].beats;
    this.step = step;
    this.say();
    cancelAnimationFrame(this.frame);
    if (!from || !smoothly || this.still.matches) return this.draw();
    const start = performance.now();
    const tick = (now) => {
      const share = Math.min(1, (now - start) / MORPH_MS);
      this.draw(between(from, this.film.steps[this.step].beats, share));
      if (share < 1) this.frame = requestAnimationFrame(tick);
    };
    this.frame = requestAnimationFrame(tick);
  }

  say() {
    const { label } = this.film.steps[this.step];
    this.label.textContent = label;
    this.slider.value = String(this.step);
    this.slider.setAttribute("aria-valuetext", label);
    this.play.textContent = this.timer ? "❚❚ Pause" : "▶ Play";
    this.slider.disabled = this.play.disabled = this.count < 2;
  }

  draw(beats = this.film?.steps[this.step].beats) {
    if (!this.film) return;
    const { recorded, made, beside, steps } = this.film;
    const style = getComputedStyle(this.root);
    const colour = (name, other) => style.getPropertyValue(name).trim() || other;
    const text = colour("--st-text-color", "#1B2430");
    const said = `${made}, ${steps[this.step].label}`;
    if (beats) this.drawBeats(this.stage, beats, colour("--st-primary-color", text), text, said);
    else this.picture(this.stage, steps[this.step].image, said);
    if (recorded?.beats) this.drawBeats(this.recordedStage, recorded.beats, text, text, beside);
    else if (recorded) this.picture(this.recordedStage, recorded.image, beside);
  }

  picture(stage, url, said) {
    let image = stage.querySelector("img");
    if (!image) {
      image = document.createElement("img");
      stage.replaceChildren(image);
    }
    if (image.getAttribute("src") !== url) image.src = url;
    image.alt = said;
  }

  drawBeats(stage, beats, colour, text, said) {
    let canvas = stage.querySelector("canvas");
    if (!canvas) {
      canvas = document.createElement("canvas");
      canvas.setAttribute("role", "img");
      stage.replaceChildren(canvas);
    }
    canvas.setAttribute("aria-label", said);
    const { units, low, high, duration_s } = this.film;
    const lanes = low.map((value, lead) => Math.max(LANE_LEAST_PX, (high[lead] - value) * PX_PER_MV));
    const width = Math.floor(this.root.clientWidth) || 600;
    const height = lanes.reduce((sum, lane) => sum + lane, 0) + 8;
    const ratio = devicePixelRatio || 1;
    canvas.style.height = `${height}px`;
    canvas.width = width * ratio;
    canvas.height = height * ratio;
    const ink = canvas.getContext("2d");
    ink.scale(ratio, ratio);
    ink.lineWidth = 1.5;
    ink.lineJoin = "round";
    const columns = Math.max(...this.film.steps.map((step) => step.beats.length));
    const pitch = width / (columns + columns * GAP + (2 * PULSE_S) / duration_s);
    const left = (2 * PULSE_S * pitch) / duration_s;
    let top = 4;
    for (const [lead, lane] of lanes.entries()) {
      const zero = top + high[lead] * PX_PER_MV;
      ink.strokeStyle = text;
      ink.globalAlpha = 0.6;
      const pulse = (PULSE_S * pitch) / duration_s;
      ink.beginPath();
      for (const [x, mv] of [
        [0.2, 0],
        [0.4, 0],
        [0.4, 1],
        [1.4, 1],
        [1.4, 0],
        [1.6, 0],
      ]) {
        ink.lineTo(x * pulse, zero - mv * PX_PER_MV);
      }
      ink.stroke();
      ink.globalAlpha = 1;
      ink.strokeStyle = colour;
      for (const [column, beat] of beats.entries()) {
        const x = left + column * pitch * (1 + GAP);
        const points = beat[lead];
        ink.beginPath();
        for (const [j, value] of points.entries()) {
          ink.lineTo(x + (j / (points.length - 1)) * pitch, zero - (value / units) * PX_PER_MV);
        }
        ink.stroke();
      }
      top += lane;
    }
  }

  end() {
    this.pause();
    cancelAnimationFrame(this.frame);
    this.observer.disconnect();
  }
}

/** @type {WeakMap<object, Player>} */
const players = new WeakMap();

export default function ({ parentElement, data }) {
  let player = players.get(parentElement);
  if (!player) {
    player = new Player(parentElement.querySelector(".film"));
    players.set(parentElement, player);
  }
  player.take(data);
  return () => {
    players.get(parentElement)?.end();
    players.delete(parentElement);
  };
}

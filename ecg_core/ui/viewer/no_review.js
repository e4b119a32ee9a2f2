/** In place of `review_bar.js` where nobody reviews. */
export class ReviewBar {
  constructor() {
    /** @type {any} */
    this.drawn = null;
  }
  update(_given, labels, _packed) {
    return labels;
  }
  begin() {}
  follow(_sample) {}
  kind() {
    return null;
  }
  stepOn(_way) {}
  span() {
    return null;
  }
  takes(_name) {
    return false;
  }
  key(_event, _name) {}
  act(_name) {}
  show() {}
  destroy() {}
}

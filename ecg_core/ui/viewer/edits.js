/**
 * Edits as a log that loses none: each has a number, and the whole log since the last one the server has confirmed is
 * sent each time. The server writes what is newer than what it has (`edits.py`).
 *
 * @typedef {{seq: number, act: "decide" | "undo" | "redo", samples?: number[], before?: string[], after?: string[],
 *   of?: number, batch?: boolean}} Edit
 */

export class EditLog {
  /** @param {string} client who sends it; another for each page that is opened */
  constructor(client) {
    this.client = client;
    /** @type {Edit[]} */
    this.pending = [];
    this.last = 0;
  }

  /**
   * @param {Omit<Edit, "seq">} edit
   * @returns {Edit} the same with its number
   */
  add(edit) {
    this.last += 1;
    const numbered = { seq: this.last, ...edit };
    this.pending.push(numbered);
    return numbered;
  }

  /** What is to be sent: all that is not confirmed. */
  sent() {
    return { client: this.client, edits: [...this.pending] };
  }

  /**
   * The server has written everything up to `seq`.
   *
   * @param {number} seq
   */
  confirm(seq) {
    this.pending = this.pending.filter((edit) => edit.seq > seq);
    this.last = Math.max(this.last, seq);
  }
}

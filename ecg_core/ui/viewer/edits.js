/**
 * Edits as a log that loses none: each has a number, and the whole log since the last one the server has confirmed is
 * sent each time. The server applies what is newer than what it has (`edits.py`).
 *
 * @typedef {{seq: number, sample: number, label: string}} Edit
 */

export class EditLog {
  constructor() {
    /** @type {Edit[]} */
    this.pending = [];
    this.last = 0;
  }

  /**
   * @param {number} sample
   * @param {string} label
   * @returns {Edit[]} what is to be sent
   */
  add(sample, label) {
    this.last += 1;
    this.pending.push({ seq: this.last, sample, label });
    return [...this.pending];
  }

  /**
   * The server has applied everything up to `seq`.
   *
   * @param {number} seq
   */
  confirm(seq) {
    this.pending = this.pending.filter((edit) => edit.seq > seq);
    this.last = Math.max(this.last, seq);
  }
}

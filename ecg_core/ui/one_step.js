/**
 * One press of Back for one page. A page that is opened writes what it shows into its address, and Streamlit makes each
 * writing a step of its own in the browser's history; until the reader does something on the page it is the same step.
 */

/** What is to become of an address that is to be a new step: `push` it, `replace` the one there is, or `skip` it.
 *
 * @param {{pathname: string, searchParams: URLSearchParams}} from
 * @param {{pathname: string, searchParams: URLSearchParams}} to
 * @param {{leaving: boolean, untouched: boolean}} page `leaving`: a link to another page was pressed and that page is
 *   not there yet. `untouched`: the reader did nothing on the page so far.
 */
export function stepOf(from, to, { leaving, untouched }) {
  if (from.pathname !== to.pathname) return "push";
  if (leaving) return "skip"; // the address of the page to come, under the name of the one that goes
  return untouched && [...from.searchParams].every(([name, value]) => to.searchParams.get(name) === value)
    ? "replace"
    : "push";
}

const MOST_MS = 4000;

export function oneStep() {
  if ("oneStep" in window) return;
  const page = { leaving: false, untouched: true };
  Object.assign(window, { oneStep: page }); // what a page measures by itself is not to call back one that is left
  const push = history.pushState;
  const touched = (event) => {
    const link = event.target instanceof Element && event.target.closest("a[data-testid=stPageLink-NavLink]");
    if (!link) {
      page.untouched = page.leaving = false;
      return;
    }
    if (event.type !== "click" || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const { pathname } = new URL(link.getAttribute("href") || ".", location.href); // Home's is empty
    page.leaving = pathname !== location.pathname;
    setTimeout(() => {
      page.leaving = false;
    }, MOST_MS);
  };
  for (const kind of ["pointerdown", "keydown", "click"]) document.addEventListener(kind, touched, true);
  addEventListener("popstate", () => {
    page.untouched = true;
  });
  history.pushState = function (state, unused, url) {
    const [from, to] = [new URL(location.href), new URL(url ?? location.href, location.href)];
    const step = stepOf(from, to, page);
    if (from.pathname !== to.pathname) Object.assign(page, { leaving: false, untouched: true });
    if (step === "push") push.call(this, state, unused, url);
    if (step === "replace") history.replaceState(state, unused, url);
  };
}

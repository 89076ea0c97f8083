/** Milliseconds without a change after which the address follows: browsers refuse many changes in a row. */
const SETTLED = 400;

/**
 * What the part of the address behind # says, in the words of `pocketgan sample`: `digits` or `text` and `variant`, a `seed`,
 * a `morph` such as 4..7 with the weight `at`, a `plane` such as 4,7,10 with the position `at`. What is malformed is left out.
 */
function fromAddress() {
  const said = new URLSearchParams(location.hash.slice(1));
  const list = (name, separator, count) => {
    const numbers = (said.get(name) ?? "").split(separator).map((text) => (/^\d{1,10}$/.test(text) ? Number(text) : NaN));
    return numbers.length === count && numbers.every((number) => number < 2 ** 32) ? numbers : undefined;
  };
  return {
    text: said.get("text")?.slice(0, 100),
    digits: /^\d{1,100}$/.test(said.get("digits") ?? "") ? said.get("digits") : undefined,
    variant: list("variant", ",", 1)?.[0],
    seed: list("seed", ",", 1)?.[0],
    morph: list("morph", "..", 2),
    plane: list("plane", ",", 3),
    weight: list("at", ",", 1)?.[0],
    position: list("at", ",", 2),
  };
}

let waiting;

/** Makes the address a link to what is shown now, when nothing has changed for a while. */
function toAddress(words) {
  clearTimeout(waiting);
  waiting = setTimeout(() => history.replaceState(null, "", `#${words}`), SETTLED);
}

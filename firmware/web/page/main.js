/** Milliseconds in which a short message has been read. */
const READ = 5000;

/** The page: its sections, and the model that all of them draw from. */
async function main() {
  const module = await WebAssembly.compile(embedded("module"));
  const name = element("model").dataset.name;
  const about = new AboutSection();
  const sections = [new NumberSection(), new SeedsSection(), new PlaneSection(), about];
  let current;

  const use = (model) => {
    current = model;
    for (const section of sections) section.open(model);
  };
  const follow = () => {
    const said = fromAddress();
    for (const section of sections) section.follow(said);
    bringIntoView(said);
  };
  const open = async (file) => {
    try {
      use(await Model.open(module, await bytesOf(file), file.name));
      say(`${file.name} is open.`, READ);
    } catch (error) {
      say(`${file.name} was not opened, the page still draws from ${current.name}: ${error.message}`);
    }
  };

  follow();
  use(await Model.open(module, embedded("model"), name));
  about.ready();
  addEventListener("hashchange", follow);
  acceptFiles(open);
  element("message-close").addEventListener("click", hush);
  // For the console: pocketgan.draw(4) is the picture of seed 4.
  globalThis.pocketgan = {
    draw: (seed) => current.draw(seed).slice(),
    get memory() {
      return current.memory;
    },
  };
}

/** Brings the section into view that an address speaks of. */
function bringIntoView({ seed, morph, plane }) {
  const section = plane ? "plane" : seed !== undefined || morph ? "digit" : null;
  if (section) element(section).scrollIntoView();
}

main().catch((error) => {
  element("summary").textContent = `This browser cannot run the page, which needs WebAssembly with SIMD instructions: ${error.message}`;
});

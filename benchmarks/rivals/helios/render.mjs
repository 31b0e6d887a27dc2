// Renders one page with npm's @helios-project/renderer:
//   node render.mjs <folder with node_modules> <page> <film> '<options as JSON>'
import path from "node:path";
import { pathToFileURL } from "node:url";

const [scratch, page, film, options] = process.argv.slice(2);
const home = path.join(scratch, "node_modules/@helios-project/renderer/dist/index.js");
const { RenderOrchestrator } = await import(pathToFileURL(home));
await RenderOrchestrator.render(pathToFileURL(page).href, film, JSON.parse(options));
process.exit(0);

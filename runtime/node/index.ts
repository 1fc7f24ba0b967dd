/** The runtime's door for what needs files: all that a Node application imports besides `sdec/runtime`. */
export { readData, writeData } from "./data.js";
export { openStore } from "./store.js";

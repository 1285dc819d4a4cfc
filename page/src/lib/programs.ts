/** Programs that people make keys for, as they call themselves. */
export const PROGRAMS = [
  "SillyTavern",
  "Open WebUI",
  "LibreChat",
  "Risuai",
  "koishi-plugin-novelai",
  "LittleWhiteBox",
  "st-chatu8",
  "novelai_canvas",
  "ComfyUI",
  "MCP",
] as const;

export default {
  "inspect.title": "Inspect",
  "inspect.hint": "Choose a picture to read its settings",
  "tools.title": "Tools",
};

export default {
  "gallery.title": "Gallery",
  "gallery.search": "Search",
  "gallery.empty": "No pictures here yet",
};

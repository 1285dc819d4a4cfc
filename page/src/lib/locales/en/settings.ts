export default {
  "settings.title": "Settings",
  "settings.language": "Language",
  "settings.askAbove": "Ask before spending more than (Anlas)",
  "login.title": "Log in",
  "login.key": "Key",
  "login.go": "Log in",
  "login.wrong": "This key is not right.",
  "login.expired": "Your session ended. Log in again: your draft is kept.",
};

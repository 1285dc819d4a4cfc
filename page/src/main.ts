import "./styles/tokens.css";
import "./styles/base.css";

// Asks the server for what is shown first; the words follow. Both are on their way while the rest
// loads.
import "./lib/start";
import { preferredLanguage, LOCALES } from "./lib/languages";

LOCALES[preferredLanguage()]().catch(() => {});
void import("./app/mount");

/** Which screen is shown; the address says it too. */

export const SCREENS = [
  "create",
  "picture",
  "queue",
  "gallery",
  "inspect",
  "tools",
  "settings",
  "login",
] as const;

export type Screen = (typeof SCREENS)[number];

export function pathOf(screen: Screen): string {
  return screen === "create" ? "/" : `/${screen}`;
}

function screenOf(path: string): Screen {
  const name = path.replace(/^\/|\/$/g, "");
  return SCREENS.find((screen) => screen === name) ?? "create";
}

interface Way {
  search?: string;
  replace?: boolean;
  stay?: boolean;
}

class Route {
  screen = $state<Screen>("create");
  /** What follows the question mark, for example `?image=img_1` on tools. */
  search = $state.raw(new URLSearchParams());

  constructor() {
    this.#read();
    addEventListener("popstate", () => this.#read());
  }

  #read(): void {
    this.screen = screenOf(location.pathname);
    this.search = new URLSearchParams(location.search);
  }

  /** Show a screen and put it into the history; `replace` writes over the present entry, `stay`
   *  does not scroll. */
  go(screen: Screen, { search = "", replace = false, stay = false }: Way = {}): void {
    const address = `${pathOf(screen)}${search}`;
    if (address !== `${location.pathname}${location.search}`) {
      history[replace ? "replaceState" : "pushState"](null, "", address);
    }
    this.#read();
    if (!stay) scrollTo(0, 0);
  }
}

export const route = new Route();

// Light or dark: as the system says, or as the reader chose; and colours for what is drawn.

const KEY = "polywire-theme";
type Choice = "system" | "light" | "dark";
const NEXT: Record<Choice, Choice> = { system: "light", light: "dark", dark: "system" };

class Theme {
  choice: Choice = $state("system");
  /** Grows when the colours change: what is drawn on a canvas is drawn again. */
  version = $state(0);
  #probe: HTMLElement | null = null;

  constructor() {
    const kept = localStorage.getItem(KEY);
    if (kept === "light" || kept === "dark") this.choice = kept;
    this.#show();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      this.version += 1;
    });
  }

  turn(): void {
    this.choice = NEXT[this.choice];
    localStorage.setItem(KEY, this.choice);
    this.#show();
    this.version += 1;
  }

  /** A colour of the style sheet, such as "--buy", as a canvas understands it. */
  colour(name: string): string {
    if (!this.#probe) {
      this.#probe = document.createElement("i");
      this.#probe.hidden = true;
      document.body.append(this.#probe);
    }
    this.#probe.style.color = `var(${name})`;
    return getComputedStyle(this.#probe).color;
  }

  #show(): void {
    if (this.choice === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = this.choice;
  }
}

export const theme = new Theme();

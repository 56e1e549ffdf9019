// Starts the page: style, link to the server, and the app.

import { mount } from "svelte";
import App from "./App.svelte";
import { live } from "./state/live.svelte";
import "./style/tokens.css";
import "./style/page.css";

const page = document.getElementById("page");
if (page) {
  live.start();
  mount(App, { target: page });
}

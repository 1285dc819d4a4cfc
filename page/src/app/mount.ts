/** Puts the page into its document. */

import { mount } from "svelte";

import { watchPictures } from "../state/missingPictures";
import App from "./App.svelte";

watchPictures();

const target = document.getElementById("app");
if (target) mount(App, { target });

/** Puts the page into its document. */

import { mount } from "svelte";

import { markMissingPictures } from "../state/missingPictures";
import App from "./App.svelte";

markMissingPictures();

const target = document.getElementById("app");
if (target) mount(App, { target });

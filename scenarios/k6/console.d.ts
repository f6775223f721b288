/** k6 has a console, its types do not say so; the DOM library would promise far more than k6 keeps. */
declare const console: { log(message: string): void; warn(message: string): void };

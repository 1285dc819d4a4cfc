"""Parameters and answers under the module names novelai-sdk gives them."""

// The program `sonae`.
int main() { return 0; }
